#include "apilab/sandbox/internal/admin_json.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "apilab/http/date.hpp"
#include "apilab/sandbox/judge/check.hpp"
#include "apilab/sandbox/scenario.hpp"

namespace apilab::sandbox::internal {

namespace json = boost::json;

namespace {

// `what` and `when` were parsed once already; this is their text again.
json::value written(const std::string& text) {
    boost::system::error_code code;
    auto value = json::parse(text, code);
    return code ? json::value(nullptr) : value;
}

json::object fault_object(const FaultStatus& status) {
    const Fault& fault = *status.fault;
    json::object object;
    object["id"] = status.id;
    object["where"] = fault.where.text;
    object["what"] = written(fault.what_text);
    if (!fault.when_text.empty()) {
        object["when"] = written(fault.when_text);
    }
    if (fault.times) {
        object["times"] = *fault.times;
    }
    if (fault.ttl) {
        object["ttl"] = fault.ttl_text;
    }
    if (!status.provider.empty()) {
        object["per"] = "provider";
        object["provider"] = status.provider;
    }
    object["matches"] = status.matches;
    object["hits"] = status.hits;
    object["completed"] = status.completed;
    object["expired"] = status.expired;
    return object;
}

}  // namespace

http::Response problem(int status, std::string_view title, std::string_view detail,
                       std::string_view place, std::string_view where) {
    json::object object;
    object["type"] = "about:blank";
    object["title"] = title;
    object["status"] = status;
    object["detail"] = detail;
    if (!place.empty()) {
        object[place] = where;
    }
    auto response = http::Response::json(status, json::serialize(object));
    response.header("content-type", "application/problem+json");
    return response;
}

http::Response problem_of(const Error& error) {
    switch (error.kind()) {
        case ErrorKind::invalid_argument: {
            const auto detail =
                error.remedy().empty() ? error.message() : error.message() + "; " + error.remedy();
            return problem(422, "wrong input", detail, "pointer", error.detail());
        }
        case ErrorKind::too_large:
            return problem(413, "too large", error.message());
        default:
            return problem(500, "internal error", error.message());
    }
}

std::string fault_json(const FaultStatus& status) {
    return json::serialize(fault_object(status));
}

std::string faults_json(const FaultSet& faults, SteadyTime now) {
    json::array list;
    for (const auto& status : faults.status(now)) {
        list.push_back(fault_object(status));
    }
    return json::serialize(json::object{{"faults", std::move(list)}});
}

namespace {

json::array sentences(const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
}

json::object fidelity_object(const FidelityCard& card) {
    return {{"copied", sentences(card.copied)},
            {"not_copied", sentences(card.not_copied)},
            {"differs", sentences(card.differs)},
            {"sources", sentences(card.sources)}};
}

}  // namespace

std::string services_json(const Sandbox& sandbox) {
    std::map<std::pair<std::string, std::string>, std::uint64_t> counts;
    for (const Exchange& row : sandbox.journal().rows()) {
        ++counts[{row.provider, row.operation}];
    }
    json::array services;
    for (const auto& entry : sandbox.surface().entries) {
        json::array operations;
        std::uint64_t requests = 0;
        for (const Route& route : entry.routes) {
            const auto count = counts[{entry.provider, route.operation}];
            requests += count;
            operations.push_back(json::object{{"operation", route.operation},
                                              {"method", route.method},
                                              {"path", route.path_template},
                                              {"effect", http::to_string(route.effect)},
                                              {"requests", count}});
        }
        json::object service{{"name", entry.provider},
                             {"requests", requests},
                             {"unsupported", counts[{entry.provider, ""}]},
                             {"operations", std::move(operations)}};
        if (const auto* provider = sandbox.find_provider(entry.provider)) {
            service["fidelity"] = fidelity_object(provider->fidelity());
        }
        services.push_back(std::move(service));
    }
    return json::serialize(json::object{{"services", std::move(services)}});
}

std::string scenarios_json() {
    json::array list;
    for (const auto& info : built_in_scenarios()) {
        list.push_back(json::object{{"name", info.name}, {"description", info.description}});
    }
    return json::serialize(json::object{{"scenarios", std::move(list)}});
}

std::string checks_json() {
    json::array list;
    for (const auto& check : all_checks()) {
        const auto& card = check->card();
        list.push_back(json::object{{"id", card.id},
                                    {"kind", to_string(card.kind)},
                                    {"level", to_string(card.level)},
                                    {"title", card.title},
                                    {"source", card.source}});
    }
    return json::serialize(json::object{{"checks", std::move(list)}});
}

std::string run_json(const Sandbox& sandbox) {
    const Run& run = sandbox.run();
    const Journal& journal = sandbox.journal();
    json::object object;
    object["id"] = run.id;
    object["scenario"] = run.scenario;
    object["description"] = run.description;
    object["seed"] = run.seed;
    object["started"] = http::format_iso_time(journal.date_of(run.started));
    object["running"] = !run.stopped.has_value();
    object["requests"] = journal.rows().size() + journal.dropped();
    const Kills& kills = sandbox.scenario().kills;
    json::array times;
    for (const Duration time : kill_times(kills, run.seed)) {
        times.push_back(time / std::chrono::milliseconds(1));
    }
    object["kills_ms"] = std::move(times);
    object["away_ms"] = kills.away / std::chrono::milliseconds(1);
    return json::serialize(object);
}

std::string strings_json(const std::vector<std::pair<std::string, std::string>>& values) {
    json::object object;
    for (const auto& [name, value] : values) {
        object[name] = value;
    }
    return json::serialize(object);
}

std::string numbers_json(const std::map<std::string, std::int64_t>& numbers) {
    json::object object;
    for (const auto& [name, value] : numbers) {
        object[name] = value;
    }
    return json::serialize(object);
}

std::string metrics_text(const Sandbox& sandbox) {
    const Journal& journal = sandbox.journal();
    std::map<std::string, std::map<std::string_view, std::uint64_t>> by_provider;
    for (const Exchange& row : journal.rows()) {
        ++by_provider[row.provider.empty() ? "none" : row.provider][to_string(row.decision)];
    }
    std::string text =
        "# HELP apilab_sandbox_requests Requests in the journal, by what was decided.\n"
        "# TYPE apilab_sandbox_requests gauge\n";
    for (const auto& [provider, decisions] : by_provider) {
        for (const auto& [decision, count] : decisions) {
            text += fmt::format("apilab_sandbox_requests{{provider=\"{}\",decision=\"{}\"}} {}\n",
                                provider, decision, count);
        }
    }
    text += fmt::format(
        "# HELP apilab_sandbox_rows_dropped Journal rows that made room for newer ones.\n"
        "# TYPE apilab_sandbox_rows_dropped gauge\napilab_sandbox_rows_dropped {}\n"
        "# HELP apilab_sandbox_fault_hits How often each armed fault fired.\n"
        "# TYPE apilab_sandbox_fault_hits gauge\n",
        journal.dropped());
    for (const auto& status : sandbox.faults().status(sandbox.scheduler().now())) {
        text += fmt::format("apilab_sandbox_fault_hits{{id=\"{}\",kind=\"{}\"}} {}\n", status.id,
                            status.fault->what.kind(), status.hits);
    }
    return text;
}

}  // namespace apilab::sandbox::internal
