#include "apilab/sandbox/internal/limiting.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox::internal {

namespace {

// The API of our own speaks as the scenario says; the others as they do.
bool chooses(const Provider& provider) {
    return provider.name() == "api";
}

void note_view(const LimitAnswer& answer, Exchange& row) {
    const LimitView& view = answer.view();
    const auto reset = std::chrono::ceil<std::chrono::milliseconds>(view.reset_after).count();
    row.facts.insert_or_assign("limit", std::to_string(view.limit));
    row.facts.insert_or_assign("remaining", std::to_string(view.remaining));
    row.facts.insert_or_assign("reset", std::to_string(reset));
}

}  // namespace

LimitAnswer ask_limits(LimitSet& limits, const Provider& provider, const Incoming& incoming,
                       Exchange& row) {
    auto answer = limits.ask({.provider = provider.name(),
                              .operation = incoming.route->operation,
                              .bucket = provider.limit_bucket(incoming),
                              .cost = provider.limit_cost(incoming),
                              .now = incoming.now,
                              .system_now = incoming.system_now});
    if (!answer.concerned()) {
        return answer;
    }
    note_view(answer, row);
    row.facts.insert_or_assign("limit_kind", std::string(to_string(answer.rule->kind)));
    row.facts.insert_or_assign("bucket", answer.bucket);
    row.facts.insert_or_assign("buckets", answer.buckets);
    if (answer.cost != 1) {
        row.facts.insert_or_assign("cost", std::to_string(answer.cost));
    }
    if (answer.refused) {
        row.facts.insert_or_assign("limit_says", answer.rule->says);
        row.decision = Exchange::Decision::fault;
        row.faults.push_back({.id = fmt::format("limits.{}.{}", provider.name(), answer.rule->name),
                              .kind = "limit"});
    }
    return answer;
}

http::Response refuse_for_limit(const LimitAnswer& answer, const Provider& provider,
                                SystemTime now) {
    const LimitRule& rule = *answer.rule;
    const LimitView& view = answer.view();
    // GitHub's secondary limits say when to come back and nothing of the quota.
    const bool hidden = rule.says == "secondary";
    const int status = rule.status != 0 ? rule.status : hidden ? 403 : limit_status(rule.dialect);
    const auto wait = limit_retry_after(hidden ? LimitDialect::plain : rule.dialect, view, now);
    auto response = provider.refuse(
        {.status = status, .limit = rule.says, .retry_after = wait, .view = view}, now);
    if (chooses(provider)) {
        write_limit_refusal(rule.dialect, view, response, now);
        response.status(rule.status != 0 ? rule.status : response.status());
        write_limit(rule.dialect, answer.views, response, now);
    } else {
        if (!wait.empty()) {
            response.header("retry-after", wait);
        }
        if (!hidden) {
            provider.show_limit(view, response, now);
        }
    }
    return response;
}

void show_limits(LimitSet& limits, LimitAnswer& limit, const Provider& provider,
                 http::Response& answer, Exchange& row, SystemTime now) {
    if (!limit.concerned() || limit.refused) {
        return;
    }
    if (answer.status() == 304 && limit.rule->dialect == LimitDialect::github) {
        limits.give_back(limit);  // "does not count against your primary rate limit"
        note_view(limit, row);
    }
    if (chooses(provider)) {
        write_limit(limit.rule->dialect, limit.views, answer, now);
    } else if (limit.rule->says != "secondary") {
        provider.show_limit(limit.view(), answer, now);
    }
}

void note_limit_reset(const LimitAnswer& answer, SteadyTime now, SystemTime system_now,
                      Exchange& row) {
    if (!answer.refused || row.announced || row.limit_reset || answer.rule->says == "secondary") {
        return;
    }
    if (const auto told = told_reset(answer.rule->dialect, answer.view(), system_now)) {
        row.limit_reset = now + *told;
    }
}

Result<void> check_limits(const LimitRules& rules, const Surface& surface) {
    for (const auto& [provider, list] : rules) {
        const auto pointer = below("/limits", provider);
        const auto served = std::ranges::find(surface.entries, provider, &Surface::Entry::provider);
        if (served == surface.entries.end()) {
            return bad_field(pointer, "no such provider is served");
        }
        for (const LimitRule& rule : list) {
            const auto unknown = [&](const std::string& name) {
                return std::ranges::find(served->routes, name, &Route::operation) ==
                       served->routes.end();
            };
            for (const std::string& name : rule.operations) {
                if (unknown(name)) {
                    return bad_field(pointer + "/operations",
                                     fmt::format("{} has no operation '{}'", provider, name));
                }
            }
            for (const auto& [name, units] : rule.costs) {
                if (unknown(name)) {
                    return bad_field(pointer + "/costs",
                                     fmt::format("{} has no operation '{}'", provider, name));
                }
            }
        }
    }
    return {};
}

}  // namespace apilab::sandbox::internal
