#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/admin/internal/read.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"
#include "apilab/sandbox/internal/fields.hpp"
#include "apilab/sandbox/journal_har.hpp"
#include "apilab/sandbox/judge/report.hpp"

namespace apilab::sandbox::admin {

using http::Response;
using internal::problem;

namespace {

// A run with more rows than this is not judged once more when another begins.
constexpr std::size_t rows_judged_max = 20'000;

struct RunWanted {
    Scenario scenario;
    std::optional<std::uint64_t> seed;
};

Result<RunWanted> read_run(std::string_view body) {
    std::optional<http::JsonDocument> keep;
    APILAB_TRY(const auto root, read_body(body, keep));
    APILAB_CHECK(internal::only_keys(root, "", {"scenario", "seed"}));
    APILAB_TRY(const auto name, internal::read_string(root["scenario"], "/scenario"));
    RunWanted wanted;
    // Only names: a file of the machine that the sandbox runs on is not for its clients to read.
    auto scenario = built_in_scenario(name);
    if (!scenario) {
        return internal::bad_field("/scenario", scenario.error().message());
    }
    wanted.scenario = *std::move(scenario);
    if (const auto seed = root["seed"]; !seed.missing()) {
        APILAB_TRY(wanted.seed, internal::read_integer(seed, "/seed", 0, INT64_MAX));
    }
    return wanted;
}

Result<std::string> read_base(std::string_view body) {
    std::optional<http::JsonDocument> keep;
    APILAB_TRY(const auto root, read_body(body, keep));
    APILAB_CHECK(internal::only_keys(root, "", {"base"}));
    return internal::read_string(root["base"], "/base");
}

Response current_run(const Context& context, int status) {
    return Response::json(status, internal::run_json(context.sandbox));
}

// The verdict of the run that is about to make room for another.
void keep_run(Context& context) {
    Sandbox& sandbox = context.sandbox;
    if (sandbox.journal().rows().empty() || sandbox.journal().rows().size() > rows_judged_max) {
        return;
    }
    sandbox.stop_run();
    if (auto report = judge_run(sandbox)) {
        if (context.past.size() == Context::past_max) {
            context.past.erase(context.past.begin());
        }
        context.past.push_back({internal::run_json(sandbox), *std::move(report)});
    }
}

const PastRun* find_past(const Context& context, std::string_view id) {
    const auto found =
        std::ranges::find(context.past, id, [](const PastRun& past) { return past.report.run.id; });
    return found == context.past.end() ? nullptr : &*found;
}

Response no_such_run(const Context& context, const std::string& id) {
    return problem(404, "no such run",
                   fmt::format("there is no run '{}'; the current one is {}, and of the last {} "
                               "that had requests the reports are kept",
                               id, context.sandbox.run().id, Context::past_max));
}

Response list_runs(const Context& context) {
    std::string text = internal::run_json(context.sandbox);
    for (auto past = context.past.rbegin(); past != context.past.rend(); ++past) {
        text += "," + past->run_json;
    }
    return Response::json(200, fmt::format("{{\"runs\":[{}]}}", text));
}

Response get_run(const Context& context, const std::string& id) {
    if (id == context.sandbox.run().id) {
        return current_run(context, 200);
    }
    const auto* past = find_past(context, id);
    return past == nullptr ? no_such_run(context, id) : Response::json(200, past->run_json);
}

Response playing() {
    return problem(409, "a world is playing", "wait until GET /_sandbox/world says: over");
}

Response start_run(Context& context, const Call& call) {
    if (context.world.state() == "playing") {
        return playing();
    }
    const auto wanted = read_run(call.request->body());
    if (!wanted) {
        return refuse(wanted.error());
    }
    keep_run(context);
    const auto run = context.sandbox.start_run(wanted->scenario, wanted->seed);
    return run ? current_run(context, 201) : refuse(run.error());
}

Response stop_run(Context& context, const std::string& id) {
    if (id != context.sandbox.run().id) {
        return no_such_run(context, id);
    }
    context.sandbox.stop_run();
    return current_run(context, 200);
}

Response verify(Context& context, const Call& call) {
    const auto options = read_judge_options(call);
    if (!options) {
        return refuse(options.error());
    }
    const auto report = judge_run(context.sandbox, *options);
    return report ? Response::json(200, report_json(*report)) : refuse(report.error());
}

Response report_of(Context& context, const Call& call, ReportFormat format,
                   const std::string& type) {
    const auto& id = call.at("id");
    if (const auto* past = find_past(context, id)) {
        return with_type(render_report(past->report, format), type);
    }
    if (id != context.sandbox.run().id) {
        return no_such_run(context, id);
    }
    const auto options = read_judge_options(call);
    if (!options) {
        return refuse(options.error());
    }
    const auto made = judge_run(context.sandbox, *options);
    return made ? with_type(render_report(*made, format), type) : refuse(made.error());
}

Response har_of(const Context& context, const std::string& id) {
    if (id != context.sandbox.run().id) {
        return find_past(context, id) == nullptr
                   ? no_such_run(context, id)
                   : problem(404, "no rows", "the journal of a run that is over is gone");
    }
    return with_type(journal_har(context.sandbox.journal()), "application/json");
}

Response report(Context& context, const Call& call) {
    static const std::map<std::string_view, std::pair<ReportFormat, std::string>> kinds = {
        {"report.json", {ReportFormat::json, "application/json"}},
        {"report.html", {ReportFormat::html, "text/html; charset=utf-8"}},
        {"report.md", {ReportFormat::markdown, "text/markdown; charset=utf-8"}},
        {"report.junit.xml", {ReportFormat::junit, "application/xml"}},
    };
    if (call.at("report") == "report.har") {
        return har_of(context, call.at("id"));
    }
    const auto kind = kinds.find(call.at("report"));
    return kind == kinds.end() ? problem(404, "no such report",
                                         "report.json, .html, .md, .junit.xml and .har there are")
                               : report_of(context, call, kind->second.first, kind->second.second);
}

Response play_world(Context& context, const Call& call) {
    if (context.world.state() == "playing") {
        return playing();
    }
    const auto base = read_base(call.request->body());
    const auto begun = base ? context.world.start(*base) : fail(base.error());
    return begun ? Response::json(202, R"({"state":"playing"})") : refuse(begun.error());
}

void add_world(Routes& routes, Context& context) {
    routes.push_back({.path = "/world",
                      .operation = "world",
                      .summary = "Whether the scenario's visitors and webhooks are under way",
                      .gives = "World",
                      .answer = [&context](const Call& /*call*/) {
                          return Response::json(
                              200, fmt::format("{{\"state\":\"{}\"}}", context.world.state()));
                      }});
    routes.push_back(
        {.method = "POST",
         .path = "/world",
         .operation = "play_world",
         .summary = "Visitors and webhooks call the program that listens at base",
         .takes = "NewWorld",
         .gives = "World",
         .status = 202,
         .answer = [&context](const Call& call) { return play_world(context, call); }});
    routes.push_back({.method = "POST",
                      .path = "/handed-in/{name}",
                      .operation = "hand_in",
                      .summary = "A text that is judged with the journal",
                      .takes = "text",
                      .status = 204,
                      .answer = [&context](const Call& call) {
                          const auto taken =
                              context.sandbox.hand_in(call.at("name"), call.request->body());
                          return taken ? Response(204) : refuse(taken.error());
                      }});
    routes.push_back({.method = "POST",
                      .path = "/kills",
                      .operation = "note_kill",
                      .summary = "The program under test was killed just now",
                      .status = 204,
                      .answer = [&context](const Call& /*call*/) {
                          context.sandbox.note_outbound({.from = "kill"});
                          return Response(204);
                      }});
}

void add_verdicts(Routes& routes, Context& context) {
    for (const std::string_view method : {"GET", "POST"}) {
        routes.push_back(
            {.method = method,
             .path = "/verify",
             .operation = method == "GET" ? "verify" : "verify_post",
             .summary = "The verdict so far",
             .parameters = {"strict", "deadline"},
             .gives = "Report",
             .answer = [&context](const Call& call) { return verify(context, call); }});
    }
    routes.push_back({.path = "/runs/{id}/{report}",
                      .operation = "report",
                      .summary = "report.json, .html, .md, .junit.xml or .har",
                      .parameters = {"strict", "deadline"},
                      .type = "*/*",
                      .answer = [&context](const Call& call) { return report(context, call); }});
}

}  // namespace

void add_run_routes(Routes& routes, Context& context) {
    routes.push_back({.path = "/runs",
                      .operation = "list_runs",
                      .summary = "The run under way, then those before it",
                      .gives = "Runs",
                      .answer = [&context](const Call& /*call*/) { return list_runs(context); }});
    routes.push_back({.method = "POST",
                      .path = "/runs",
                      .operation = "start_run",
                      .summary = "Ends the run under way and begins another",
                      .takes = "NewRun",
                      .gives = "Run",
                      .status = 201,
                      .answer = [&context](const Call& call) { return start_run(context, call); }});
    routes.push_back(
        {.path = "/runs/{id}",
         .operation = "get_run",
         .summary = "One run",
         .gives = "Run",
         .answer = [&context](const Call& call) { return get_run(context, call.at("id")); }});
    routes.push_back(
        {.method = "POST",
         .path = "/runs/{id}/stop",
         .operation = "stop_run",
         .summary = "Faults stop; the journal stays to be judged",
         .gives = "Run",
         .answer = [&context](const Call& call) { return stop_run(context, call.at("id")); }});
    routes.push_back({.method = "POST",
                      .path = "/reset",
                      .operation = "reset",
                      .summary = "The run from its beginning, under a new id",
                      .gives = "Run",
                      .answer = [&context](const Call& /*call*/) {
                          keep_run(context);
                          context.sandbox.reset();
                          return current_run(context, 200);
                      }});
    add_verdicts(routes, context);
    add_world(routes, context);
}

}  // namespace apilab::sandbox::admin
