/*
 * Lines that libraries print on stderr by themselves. Some are the client's to provoke without end (libh2o says one for
 * each HTTP/2 frame of a kind it does not know), and a write to a pipe that nobody reads holds the loop.
 */
#ifndef TELEMETRY_STRAY_H
#define TELEMETRY_STRAY_H

/*
 * From now on what is printed on the C library's stderr goes out a few lines a second at most, and never waits. Our own
 * log writes to its descriptor and is not concerned.
 */
void stray_limit(void);

#endif
