#include "apilab/sandbox/admin/internal/routes.hpp"

namespace apilab::sandbox::admin {

Routes all_routes(Context& context) {
    Routes routes;
    add_about_routes(routes, context);
    add_fault_routes(routes, context);
    add_journal_routes(routes, context);
    add_run_routes(routes, context);
    add_clock_routes(routes, context);
    add_token_routes(routes, context);
    add_webhook_routes(routes, context);
    return routes;
}

}  // namespace apilab::sandbox::admin
