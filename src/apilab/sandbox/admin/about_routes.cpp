#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/admin/internal/read.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"
#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox::admin {

namespace json = boost::json;
using http::Response;

namespace {

Response health(const Context& context) {
    const auto* real = dynamic_cast<const runtime::RealScheduler*>(&context.sandbox.scheduler());
    return Response::json(
        200, fmt::format("{{\"status\":\"ok\",\"run\":\"{}\",\"speed\":{},\"clock\":\"{}\"}}",
                         context.sandbox.run().id, real == nullptr ? 1 : real->speed(),
                         real != nullptr && real->stands() ? "frozen" : "running"));
}

Response show_settings(const Context& context) {
    const auto settings = context.sandbox.settings();
    json::object object;
    object["faults"] = settings.faults;
    object["limits"] = settings.limits;
    object["delay_ms"] = settings.delay / std::chrono::milliseconds(1);
    if (settings.auto_consent) {
        object["auto_consent"] = *settings.auto_consent;
    }
    object["journal"] = {{"rows_max", settings.journal.rows_max},
                         {"bytes_max", settings.journal.bytes_max}};
    return Response::json(200, json::serialize(object));
}

Result<Settings> read_settings(std::string_view body, Settings settings) {
    using internal::read_boolean;
    using internal::read_integer;
    std::optional<http::JsonDocument> keep;
    APILAB_TRY(const auto root, read_body(body, keep));
    APILAB_CHECK(
        internal::only_keys(root, "", {"faults", "limits", "delay", "auto_consent", "journal"}));
    if (const auto value = root["faults"]; !value.missing()) {
        APILAB_TRY(settings.faults, read_boolean(value, "/faults"));
    }
    if (const auto value = root["limits"]; !value.missing()) {
        APILAB_TRY(settings.limits, read_boolean(value, "/limits"));
    }
    if (const auto value = root["auto_consent"]; !value.missing()) {
        APILAB_TRY(settings.auto_consent, read_boolean(value, "/auto_consent"));
    }
    if (const auto value = root["delay"]; !value.missing()) {
        APILAB_TRY(settings.delay, internal::read_duration(value, "/delay"));
        if (settings.delay > std::chrono::minutes(10)) {
            return internal::bad_field("/delay", "expected at most 10m");
        }
    }
    if (const auto journal = root["journal"]; !journal.missing()) {
        APILAB_CHECK(internal::only_keys(journal, "/journal", {"rows_max", "bytes_max"}));
        if (const auto value = journal["rows_max"]; !value.missing()) {
            APILAB_TRY(settings.journal.rows_max,
                       read_integer(value, "/journal/rows_max", 1, 10'000'000));
        }
        if (const auto value = journal["bytes_max"]; !value.missing()) {
            APILAB_TRY(settings.journal.bytes_max,
                       read_integer(value, "/journal/bytes_max", 4096, std::uint64_t{4} << 30U));
        }
    }
    return settings;
}

Response change_settings(Context& context, const Call& call) {
    const auto settings = read_settings(call.request->body(), context.sandbox.settings());
    if (!settings) {
        return refuse(settings.error());
    }
    context.sandbox.change_settings(*settings);
    return show_settings(context);
}

void add_settings(Routes& routes, Context& context) {
    routes.push_back(
        {.path = "/settings",
         .operation = "get_settings",
         .summary = "What holds for every request",
         .gives = "Settings",
         .answer = [&context](const Call& /*call*/) { return show_settings(context); }});
    routes.push_back(
        {.method = "PATCH",
         .path = "/settings",
         .operation = "change_settings",
         .summary = "Changes the settings that are named",
         .takes = "NewSettings",
         .gives = "Settings",
         .answer = [&context](const Call& call) { return change_settings(context, call); }});
}

void add_catalogues(Routes& routes, Context& context) {
    routes.push_back({.path = "/services",
                      .operation = "services",
                      .summary = "Providers with operations, fidelity and what was asked of them",
                      .gives = "Services",
                      .answer = [&context](const Call& /*call*/) {
                          return Response::json(200, internal::services_json(context.sandbox));
                      }});
    routes.push_back({.path = "/scenarios",
                      .operation = "scenarios",
                      .summary = "The built-in scenarios",
                      .gives = "Scenarios",
                      .answer = [](const Call& /*call*/) {
                          return Response::json(200, internal::scenarios_json());
                      }});
    routes.push_back({.path = "/checks",
                      .operation = "checks",
                      .summary = "What the judge looks at",
                      .gives = "Checks",
                      .answer = [](const Call& /*call*/) {
                          return Response::json(200, internal::checks_json());
                      }});
    routes.push_back({.path = "/openapi.json",
                      .operation = "openapi",
                      .summary = "This document",
                      .gives = "Object",
                      .answer = [&context](const Call& /*call*/) {
                          return Response::json(200, openapi_json(*context.table));
                      }});
}

Response certificate(const Context& context) {
    const auto& ca = context.sandbox.ca_certificate();
    return ca.empty() ? internal::problem(404, "not found", "this sandbox serves no TLS")
                      : with_type(ca, "application/x-pem-file");
}

}  // namespace

void add_about_routes(Routes& routes, Context& context) {
    routes.push_back({.path = "/health",
                      .operation = "health",
                      .summary = "Whether it is there, and which run is under way",
                      .gives = "Health",
                      .answer = [&context](const Call& /*call*/) { return health(context); }});
    routes.push_back({.path = "/version",
                      .operation = "version",
                      .summary = "Name and version",
                      .gives = "Version",
                      .answer = [](const Call& /*call*/) {
                          return Response::json(
                              200, "{\"name\":\"apilab\",\"version\":\"" APILAB_VERSION "\"}");
                      }});
    routes.push_back({.path = "/metrics",
                      .operation = "metrics",
                      .summary = "Numbers in the Prometheus text format",
                      .type = "text/plain; version=0.0.4",
                      .answer = [&context](const Call& /*call*/) {
                          return with_type(internal::metrics_text(context.sandbox),
                                           "text/plain; version=0.0.4");
                      }});
    routes.push_back({.path = "/credentials",
                      .operation = "credentials",
                      .summary = "Environment variables of the run's seed",
                      .gives = "Strings",
                      .answer = [&context](const Call& /*call*/) {
                          return Response::json(
                              200,
                              internal::strings_json(seed_credentials(context.sandbox.run().seed)));
                      }});
    routes.push_back({.path = "/numbers",
                      .operation = "numbers",
                      .summary = "What was counted in the run",
                      .gives = "Numbers",
                      .answer = [&context](const Call& /*call*/) {
                          return Response::json(200,
                                                internal::numbers_json(context.sandbox.numbers()));
                      }});
    routes.push_back({.path = "/certs/ca.pem",
                      .operation = "ca_certificate",
                      .summary = "The authority that its TLS certificate is from",
                      .type = "application/x-pem-file",
                      .answer = [&context](const Call& /*call*/) { return certificate(context); }});
    add_settings(routes, context);
    add_catalogues(routes, context);
}

}  // namespace apilab::sandbox::admin
