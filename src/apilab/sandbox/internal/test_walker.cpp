#include "apilab/sandbox/internal/test_walker.hpp"

#include <algorithm>
#include <stdexcept>

#include "apilab/http/link.hpp"
#include "apilab/http/url.hpp"
#include "apilab/http/wire.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox::internal {

using runtime::Task;

namespace {

Task<Seen> attempt(Sandbox* sandbox, http::Request request) {
    runtime::CallContext context;
    const auto now = sandbox->scheduler().now();
    context.inbound = runtime::Inbound{
        .connection = 1, .request_on_connection = 1, .first_byte = now, .complete = now};
    auto answer = co_await sandbox->call(std::move(request), std::move(context));
    if (!answer) {
        co_return Seen();
    }
    const bool lost = answer->wire()->reset != http::WirePlan::Reset::none;
    answer->wire()->on_finished(
        http::WireResult{.finished = sandbox->scheduler().now(), .cut_by_plan = lost});
    co_return lost ? Seen() : Seen{answer->status(), answer->headers(), answer->body()};
}

std::string with_token(const WalkRules& rules, const std::string& token) {
    if (rules.asked.empty()) {
        return token;
    }
    return rules.first + (rules.first.contains('?') ? "&" : "?") + rules.asked + "=" +
           http::percent_encode(token);
}

std::string body_with(const WalkRules& rules, const std::string& token) {
    if (token.empty() || rules.body.empty()) {
        return rules.body;
    }
    const auto inside = rules.body.substr(0, rules.body.size() - 1);
    return inside + (inside.size() > 1 ? "," : "") + http::json_quote(rules.asked) + ":" +
           http::json_quote(token) + "}";
}

}  // namespace

Walker::Walker(std::string_view scenario_toml) {
    SandboxOptions options;
    auto scenario = parse_scenario(scenario_toml);
    static const auto world = make_world();  // read-only, and some milliseconds
    if (!scenario || !world) {
        throw std::logic_error(scenario ? "no world" : scenario.error().to_string());
    }
    options.scenario = *std::move(scenario);
    WorldOptions small;
    small.osv.page_size = 1;  // few questions of the seed have many answers
    options.providers = make_providers(*world, small);
    auto made = Sandbox::make(scheduler, std::move(options));
    if (!made) {
        throw std::logic_error(made.error().to_string());
    }
    sandbox = *std::move(made);
}

Seen Walker::send(std::string method, const std::string& target, std::string body,
                  const http::Headers& headers) {
    const auto url = target.starts_with('/') ? "http://sandbox.test" + target : target;
    http::Request request(std::move(method), *http::Url::parse(url));
    request.header("user-agent", "walker/1");
    for (const auto& [name, value] : headers) {
        request.header(name, value);
    }
    if (!body.empty() && body.front() == '{') {
        request.header("content-type", "application/json");
    }
    request.body(std::move(body));
    scheduler.advance(pause);
    return runtime::run(scheduler, attempt(sandbox.get(), std::move(request)));
}

const std::map<std::string, std::string>& Walker::facts() const {
    return sandbox->journal().rows().back().facts;
}

std::string Walker::fact(const std::string& name) const {
    const auto found = facts().find(name);
    return found == facts().end() ? "" : found->second;
}

Finding Walker::judged_so_far(std::string_view check) const {
    const auto report = judge_run(*sandbox);
    for (const auto& result : report->checks) {
        if (result.card.id == check) {
            return result.finding;
        }
    }
    throw std::logic_error("no such check in the report");
}

Finding Walker::judged(std::string_view check) const {
    sandbox->stop_run();
    return judged_so_far(check);
}

Walked walk(Walker& walker, const WalkRules& rules) {
    Walked walked;
    std::vector<std::string> seen;
    std::string token;
    while (walked.requests < rules.requests_max) {
        const bool in_query = rules.body.empty() && !token.empty();
        auto reply = walker.send(rules.method, in_query ? with_token(rules, token) : rules.first,
                                 body_with(rules, token), rules.headers);
        ++walked.requests;
        walked.status = reply.status;
        walked.body = reply.body;
        const auto document = http::JsonDocument::parse(reply.body);
        if (reply.status != 200 || !document) {
            break;
        }
        for (const auto item : document->root().at_pointer(rules.items).elements()) {
            const auto id = item[rules.id];
            walked.ids.push_back(id.is_string() ? std::string(*id.string()) : id.to_text());
        }
        token = rules.next.empty()
                    ? http::find_link(reply.headers, "next").value_or("")
                    : std::string(document->root().at_pointer(rules.next).string_or(""));
        if (token.empty() || std::ranges::find(seen, token) != seen.end()) {
            break;
        }
        seen.push_back(token);
    }
    return walked;
}

std::string page_fault(std::string_view where, std::string_view kind, std::string_view when) {
    return "name = \"x\"\n[[fault]]\nwhere = \"" + std::string(where) + "\"\nwhat = { page = \"" +
           std::string(kind) + "\" }\n" +
           (when.empty() ? "" : "when = { " + std::string(when) + " }\n");
}

}  // namespace apilab::sandbox::internal
