/* The rows of all modules: each rpc with its deadline, in start order. */
#include <stdio.h>

#include "cli/cli.h"
#include "host/modules.h"

static void print_service(const struct ts_module *module, const struct ts_service *service)
{
    for (unsigned i = 0; i < service->descriptor->n_methods; i++) {
        const ProtobufCMethodDescriptor *method = &service->descriptor->methods[i];

        printf("%-10s tessera.%s.%-28s %6d ms  %s -> %s\n", module->name, service->descriptor->name, method->name,
               service->deadline_ms(service->rows, i), method->input->short_name, method->output->short_name);
    }
}

int cli_operations(const struct options *options)
{
    (void)options;
    for (size_t i = 0; ts_modules[i]; i++)
        for (const struct ts_service *service = ts_modules[i]->services; service && service->descriptor; service++)
            print_service(ts_modules[i], service);
    return 0;
}
