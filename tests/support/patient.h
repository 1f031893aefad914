/* For instances on a real server, which on a busy machine may take longer than a buyer would wait for. */
#ifndef SUPPORT_PATIENT_H
#define SUPPORT_PATIENT_H

struct bus;

/* Calls of all rpcs may take as long as any may. Before the first. */
void patient_bus(struct bus *bus);

#endif
