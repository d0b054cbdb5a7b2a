#include "apilab/sandbox/admin/internal/read.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"

namespace apilab::sandbox::admin {

using http::Response;
using internal::problem;

namespace {

Response no_such_fault() {
    return problem(404, "no such fault", "GET /_sandbox/faults lists them");
}

Response get_fault(Context& context, const std::string& id, int status) {
    for (const auto& armed : context.sandbox.faults().status(context.now())) {
        if (armed.id == id) {
            return Response::json(status, internal::fault_json(armed));
        }
    }
    return no_such_fault();
}

Response add_fault(Context& context, const Call& call) {
    const auto fault = parse_fault_text(call.request->body());
    if (!fault) {
        return refuse(fault.error());
    }
    const auto ids = context.sandbox.faults().add(*fault, context.now());
    return ids ? get_fault(context, ids->front(), 201) : refuse(ids.error());
}

}  // namespace

void add_fault_routes(Routes& routes, Context& context) {
    routes.push_back({.path = "/faults",
                      .operation = "list_faults",
                      .summary = "Armed faults with their hits",
                      .gives = "Faults",
                      .answer = [&context](const Call& /*call*/) {
                          return Response::json(
                              200, internal::faults_json(context.sandbox.faults(), context.now()));
                      }});
    routes.push_back({.method = "POST",
                      .path = "/faults",
                      .operation = "add_fault",
                      .summary = "Arms a fault; an operation that is not there is refused",
                      .takes = "NewFault",
                      .gives = "Fault",
                      .status = 201,
                      .answer = [&context](const Call& call) { return add_fault(context, call); }});
    routes.push_back({.method = "DELETE",
                      .path = "/faults",
                      .operation = "clear_faults",
                      .summary = "Disarms all faults",
                      .status = 204,
                      .answer = [&context](const Call& /*call*/) {
                          context.sandbox.faults().clear();
                          return Response(204);
                      }});
    routes.push_back({.path = "/faults/{id}",
                      .operation = "get_fault",
                      .summary = "One fault with its hits",
                      .gives = "Fault",
                      .answer = [&context](const Call& call) {
                          return get_fault(context, call.at("id"), 200);
                      }});
    routes.push_back({.method = "DELETE",
                      .path = "/faults/{id}",
                      .operation = "remove_fault",
                      .summary = "Disarms a fault",
                      .status = 204,
                      .answer = [&context](const Call& call) {
                          return context.sandbox.faults().remove(call.at("id")) ? Response(204)
                                                                                : no_such_fault();
                      }});
}

}  // namespace apilab::sandbox::admin
