#include "apilab/sandbox/admin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"
#include "apilab/sandbox/internal/admin_webhooks.hpp"
#include "apilab/sandbox/internal/fields.hpp"
#include "apilab/sandbox/internal/world_play.hpp"
#include "apilab/sandbox/journal_export.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox {

using http::Response;
using internal::problem;
using internal::problem_of;

namespace {

constexpr std::string_view prefix = "/_sandbox";
constexpr std::size_t body_max = std::size_t{1} << 20U;

struct Call {
    const http::Request* request = nullptr;
    std::map<std::string, std::string> path;
    std::vector<std::pair<std::string, std::string>> query;
};

// A wrong parameter of the query, as an error whose detail is `?name`.
std::unexpected<Error> bad_parameter(std::string_view name, std::string_view message) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: {}", name, message))
                    .with_detail("?" + std::string(name)));
}

Response refuse(const Error& error) {
    if (error.detail().starts_with('?')) {
        return problem(422, "wrong input", error.message(), "parameter", error.detail().substr(1));
    }
    return problem_of(error);
}

Result<std::uint64_t> number(std::string_view name, std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) {
        return bad_parameter(name, "expected a whole number");
    }
    return value;
}

Result<bool> boolean(std::string_view name, std::string_view text) {
    if (text != "true" && text != "false") {
        return bad_parameter(name, "expected true or false");
    }
    return text == "true";
}

Result<JournalFilter> read_filter(const Call& call) {
    JournalFilter filter;
    for (const auto& [name, value] : call.query) {
        if (name == "provider") {
            filter.provider = value;
        } else if (name == "operation") {
            filter.operation = value;
        } else if (name == "method") {
            filter.method = value;
        } else if (name == "path") {
            filter.path = value;
        } else if (name == "status") {
            APILAB_TRY(const auto status, number(name, value));
            filter.status = static_cast<int>(std::min<std::uint64_t>(status, 999));
        } else if (name == "faulted") {
            APILAB_TRY(filter.faulted_only, boolean(name, value));
        } else if (name == "after") {
            APILAB_TRY(filter.after, number(name, value));
        } else if (name == "limit") {
            APILAB_TRY(filter.limit, number(name, value));
        } else {
            return bad_parameter(name,
                                 "unknown; known are provider, operation, method, path, status, "
                                 "faulted, after, limit");
        }
    }
    return filter;
}

Result<JudgeOptions> read_judge_options(const Call& call) {
    JudgeOptions options;
    for (const auto& [name, value] : call.query) {
        if (name == "strict") {
            APILAB_TRY(options.strict, boolean(name, value));
        } else if (name == "deadline") {
            const auto deadline = parse_duration(value);
            if (!deadline) {
                return bad_parameter(name, "expected a duration with its unit, such as 10s");
            }
            options.deadline = *deadline;
        } else {
            return bad_parameter(name, "unknown; known are strict, deadline");
        }
    }
    return options;
}

Response with_type(std::string body, std::string type) {
    Response response(200, std::move(body));
    response.header("content-type", std::move(type));
    return response;
}

const std::array<Route, 27>& routes() {
    using http::Effect;
    static const std::array<Route, 27> all = {{
        {"GET", "/health", "health", Effect::read},
        {"GET", "/version", "version", Effect::read},
        {"GET", "/services", "services", Effect::read},
        {"GET", "/scenarios", "scenarios", Effect::read},
        {"GET", "/checks", "checks", Effect::read},
        {"GET", "/metrics", "metrics", Effect::read},
        {"GET", "/faults", "list_faults", Effect::read},
        {"POST", "/faults", "add_fault", Effect::write},
        {"DELETE", "/faults", "clear_faults", Effect::idempotent},
        {"GET", "/faults/{id}", "get_fault", Effect::read},
        {"DELETE", "/faults/{id}", "remove_fault", Effect::idempotent},
        {"GET", "/requests", "requests", Effect::read},
        {"GET", "/requests/count", "count_requests", Effect::read},
        {"GET", "/journal", "journal", Effect::read},
        {"GET", "/verify", "verify", Effect::read},
        {"POST", "/verify", "verify_post", Effect::read},
        {"POST", "/reset", "reset", Effect::idempotent},
        {"GET", "/runs", "list_runs", Effect::read},
        {"POST", "/runs", "start_run", Effect::write},
        {"POST", "/runs/{id}/stop", "stop_run", Effect::idempotent},
        {"GET", "/runs/{id}/{report}", "report", Effect::read},
        {"GET", "/credentials", "credentials", Effect::read},
        {"GET", "/numbers", "numbers", Effect::read},
        {"GET", "/world", "world", Effect::read},
        {"POST", "/world", "play_world", Effect::write},
        {"POST", "/handed-in/{name}", "hand_in", Effect::idempotent},
        {"POST", "/kills", "note_kill", Effect::write},
    }};
    return all;
}

}  // namespace

struct Admin::Impl {
    using Handler = Response (Impl::*)(const Call&);

    Impl(Sandbox& judged, Secret secret, transport::Transport* way)
        : sandbox(judged),
          token(std::move(secret)),
          router(*Router::make(routes())),
          world(judged, way) {}

    Sandbox& sandbox;
    Secret token;
    Router router;
    internal::WorldPlay world;
    static const std::map<std::string_view, Handler> handlers;

    [[nodiscard]] Response answer(const http::Request& request);
    [[nodiscard]] bool allowed(const http::Request& request) const;
    [[nodiscard]] Response not_routed(std::span<const std::string> segments) const;

    Response health(const Call& /*call*/) {
        const auto* real = dynamic_cast<const runtime::RealScheduler*>(&sandbox.scheduler());
        return Response::json(
            200, fmt::format("{{\"status\":\"ok\",\"run\":\"{}\",\"speed\":{}}}", sandbox.run().id,
                             real == nullptr ? 1 : real->speed()));
    }
    Response version(const Call& /*call*/) {
        return Response::json(200, "{\"name\":\"apilab\",\"version\":\"" APILAB_VERSION "\"}");
    }
    Response services(const Call& /*call*/) {
        return Response::json(200, internal::services_json(sandbox.surface()));
    }
    Response scenarios(const Call& /*call*/) {
        return Response::json(200, internal::scenarios_json());
    }
    Response checks(const Call& /*call*/) { return Response::json(200, internal::checks_json()); }
    Response metrics(const Call& /*call*/) {
        return with_type(internal::metrics_text(sandbox), "text/plain; version=0.0.4");
    }
    Response list_faults(const Call& /*call*/) {
        return Response::json(200, internal::faults_json(sandbox.faults(), now()));
    }
    Response add_fault(const Call& call);
    Response clear_faults(const Call& /*call*/) {
        sandbox.faults().clear();
        return Response(204);
    }
    Response get_fault(const Call& call);
    Response remove_fault(const Call& call);
    Response requests(const Call& call);
    Response count_requests(const Call& call);
    Response journal(const Call& call);
    Response verify(const Call& call);
    Response reset(const Call& /*call*/) {
        sandbox.reset();
        return current_run(200);
    }
    Response list_runs(const Call& /*call*/) {
        return Response::json(200, fmt::format("{{\"runs\":[{}]}}", internal::run_json(sandbox)));
    }
    Response start_run(const Call& call);
    Response stop_run(const Call& call);
    Response report(const Call& call);
    Response credentials(const Call& /*call*/) {
        return Response::json(200, internal::strings_json(seed_credentials(sandbox.run().seed)));
    }
    Response numbers(const Call& /*call*/) {
        return Response::json(200, internal::numbers_json(sandbox.numbers()));
    }
    Response world_state(const Call& /*call*/) {
        return Response::json(200, fmt::format("{{\"state\":\"{}\"}}", world.state()));
    }
    Response play_world(const Call& call);
    Response hand_in(const Call& call);
    Response note_kill(const Call& /*call*/) {
        sandbox.note_outbound({.from = "kill"});
        return Response(204);
    }

    [[nodiscard]] SteadyTime now() const { return sandbox.scheduler().now(); }
    [[nodiscard]] Response current_run(int status) const {
        return Response::json(status, internal::run_json(sandbox));
    }
    [[nodiscard]] Response no_such_run(const std::string& id) const {
        return problem(
            404, "no such run",
            fmt::format("there is no run '{}'; the current one is {}", id, sandbox.run().id));
    }
};

const std::map<std::string_view, Admin::Impl::Handler> Admin::Impl::handlers = {
    {"health", &Impl::health},
    {"version", &Impl::version},
    {"services", &Impl::services},
    {"scenarios", &Impl::scenarios},
    {"checks", &Impl::checks},
    {"metrics", &Impl::metrics},
    {"list_faults", &Impl::list_faults},
    {"add_fault", &Impl::add_fault},
    {"clear_faults", &Impl::clear_faults},
    {"get_fault", &Impl::get_fault},
    {"remove_fault", &Impl::remove_fault},
    {"requests", &Impl::requests},
    {"count_requests", &Impl::count_requests},
    {"journal", &Impl::journal},
    {"verify", &Impl::verify},
    {"verify_post", &Impl::verify},
    {"reset", &Impl::reset},
    {"list_runs", &Impl::list_runs},
    {"start_run", &Impl::start_run},
    {"stop_run", &Impl::stop_run},
    {"report", &Impl::report},
    {"credentials", &Impl::credentials},
    {"numbers", &Impl::numbers},
    {"world", &Impl::world_state},
    {"play_world", &Impl::play_world},
    {"hand_in", &Impl::hand_in},
    {"note_kill", &Impl::note_kill},
};

Response Admin::Impl::add_fault(const Call& call) {
    const auto fault = parse_fault_text(call.request->body());
    if (!fault) {
        return refuse(fault.error());
    }
    const auto ids = sandbox.faults().add(*fault, now());
    if (!ids) {
        return refuse(ids.error());
    }
    for (const auto& status : sandbox.faults().status(now())) {
        if (status.id == ids->front()) {
            return Response::json(201, internal::fault_json(status));
        }
    }
    return problem(500, "internal error", "the fault was lost");
}

Response Admin::Impl::get_fault(const Call& call) {
    for (const auto& status : sandbox.faults().status(now())) {
        if (status.id == call.path.at("id")) {
            return Response::json(200, internal::fault_json(status));
        }
    }
    return problem(404, "no such fault", "GET /_sandbox/faults lists them");
}

Response Admin::Impl::remove_fault(const Call& call) {
    return sandbox.faults().remove(call.path.at("id"))
               ? Response(204)
               : problem(404, "no such fault", "GET /_sandbox/faults lists them");
}

Response Admin::Impl::requests(const Call& call) {
    const auto filter = read_filter(call);
    return filter ? Response::json(200, journal_json(sandbox.journal(), *filter))
                  : refuse(filter.error());
}

Response Admin::Impl::count_requests(const Call& call) {
    const auto filter = read_filter(call);
    return filter ? Response::json(200, fmt::format("{{\"count\":{}}}",
                                                    count_rows(sandbox.journal(), *filter)))
                  : refuse(filter.error());
}

Response Admin::Impl::journal(const Call& call) {
    const auto filter = read_filter(call);
    return filter ? with_type(journal_ndjson(sandbox.journal(), *filter), "application/x-ndjson")
                  : refuse(filter.error());
}

Response Admin::Impl::verify(const Call& call) {
    const auto options = read_judge_options(call);
    if (!options) {
        return refuse(options.error());
    }
    const auto report = judge_run(sandbox, *options);
    return report ? Response::json(200, report_json(*report)) : refuse(report.error());
}

namespace {

struct RunWanted {
    Scenario scenario;
    std::optional<std::uint64_t> seed;
};

Result<RunWanted> read_run(std::string_view body) {
    auto document = http::JsonDocument::parse(body, {.size_max = body_max, .depth_max = 16});
    if (!document) {
        return internal::bad_field("", document.error().message());
    }
    const auto root = document->root();
    APILAB_CHECK(internal::only_keys(root, "", {"scenario", "seed"}));
    APILAB_TRY(const auto name, internal::read_string(root["scenario"], "/scenario"));
    RunWanted wanted;
    // Only names: a file of the machine that the sandbox runs on is not for its clients to read.
    APILAB_TRY(wanted.scenario, built_in_scenario(name));
    if (const auto seed = root["seed"]; !seed.missing()) {
        APILAB_TRY(wanted.seed, internal::read_integer(seed, "/seed", 0, INT64_MAX));
    }
    return wanted;
}

Result<std::string> read_base(std::string_view body) {
    auto document = http::JsonDocument::parse(body, {.size_max = body_max, .depth_max = 16});
    if (!document) {
        return internal::bad_field("", document.error().message());
    }
    APILAB_CHECK(internal::only_keys(document->root(), "", {"base"}));
    return internal::read_string(document->root()["base"], "/base");
}

}  // namespace

Response Admin::Impl::start_run(const Call& call) {
    if (world.state() == "playing") {
        return problem(409, "a world is playing", "wait until GET /_sandbox/world says: over");
    }
    const auto wanted = read_run(call.request->body());
    if (!wanted) {
        return refuse(wanted.error());
    }
    const auto run = sandbox.start_run(wanted->scenario, wanted->seed);
    return run ? current_run(201) : refuse(run.error());
}

Response Admin::Impl::stop_run(const Call& call) {
    const auto& id = call.path.at("id");
    if (id != sandbox.run().id) {
        return no_such_run(id);
    }
    sandbox.stop_run();
    return current_run(200);
}

Response Admin::Impl::play_world(const Call& call) {
    if (world.state() == "playing") {
        return problem(409, "a world is playing", "wait until GET /_sandbox/world says: over");
    }
    const auto base = read_base(call.request->body());
    const auto begun = base ? world.start(*base) : fail(base.error());
    return begun ? Response::json(202, R"({"state":"playing"})") : refuse(begun.error());
}

Response Admin::Impl::hand_in(const Call& call) {
    const auto taken = sandbox.hand_in(call.path.at("name"), call.request->body());
    return taken ? Response(204) : refuse(taken.error());
}

Response Admin::Impl::report(const Call& call) {
    const auto& id = call.path.at("id");
    if (id != sandbox.run().id) {
        return no_such_run(id);
    }
    static const std::map<std::string_view, std::pair<ReportFormat, std::string>> kinds = {
        {"report.json", {ReportFormat::json, "application/json"}},
        {"report.html", {ReportFormat::html, "text/html; charset=utf-8"}},
        {"report.md", {ReportFormat::markdown, "text/markdown; charset=utf-8"}},
        {"report.junit.xml", {ReportFormat::junit, "application/xml"}},
    };
    const auto kind = kinds.find(call.path.at("report"));
    if (kind == kinds.end()) {
        return problem(404, "no such report", "report.json, .html, .md and .junit.xml there are");
    }
    const auto options = read_judge_options(call);
    if (!options) {
        return refuse(options.error());
    }
    const auto made = judge_run(sandbox, *options);
    return made ? with_type(render_report(*made, kind->second.first), kind->second.second)
                : refuse(made.error());
}

bool Admin::Impl::allowed(const http::Request& request) const {
    const auto value = request.headers().value("authorization");
    constexpr std::string_view scheme = "bearer ";
    return value.size() > scheme.size() && http::iequals(value.substr(0, scheme.size()), scheme) &&
           Secret(std::string(value.substr(scheme.size()))) == token;
}

Response Admin::Impl::not_routed(std::span<const std::string> segments) const {
    std::string allow;
    for (const auto* method : {"GET", "POST", "DELETE"}) {
        if (router.find(method, segments).route != nullptr) {
            allow += fmt::format("{}{}", allow.empty() ? "" : ", ", method);
        }
    }
    if (allow.empty()) {
        return problem(404, "not found", "no such path below /_sandbox/");
    }
    auto response = problem(405, "method not allowed", "allowed are: " + allow);
    response.header("allow", allow);
    return response;
}

Response Admin::Impl::answer(const http::Request& request) {
    if (!allowed(request)) {
        auto response = problem(401, "unauthorized",
                                "send 'Authorization: Bearer <token>'; the ready file has the "
                                "token as APILAB_ADMIN_TOKEN");
        response.header("www-authenticate", "Bearer");
        return response;
    }
    const std::string_view path = request.url().path();
    if (!path.starts_with(prefix)) {
        return problem(404, "not found", "everything is below /_sandbox/");
    }
    if (auto about =
            internal::answer_about_webhooks(sandbox, request, path.substr(prefix.size()))) {
        return *std::move(about);
    }
    const auto segments = split_path(path.substr(prefix.size()));
    const auto match = router.find(request.method(), segments);
    if (match.route == nullptr) {
        return not_routed(segments);
    }
    const Call call{
        .request = &request, .path = match.values, .query = split_query(request.url().query())};
    return (this->*handlers.at(match.route->operation))(call);
}

Admin::Admin(Sandbox& sandbox, Secret token, transport::Transport* way)
    : impl_(std::make_unique<Impl>(sandbox, std::move(token), way)) {}

Admin::~Admin() = default;

runtime::Task<void> Admin::stop() {
    return impl_->world.stop();
}

runtime::Task<Result<Response>> Admin::call(http::Request request,
                                            runtime::CallContext /*context*/) {
    co_return impl_->answer(request);
}

}  // namespace apilab::sandbox
