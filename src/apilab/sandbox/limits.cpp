#include "apilab/sandbox/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace apilab::sandbox {

namespace {

/// Nobody knows when one of those under way will end; this is what refusals say.
constexpr Duration soon = std::chrono::seconds(1);

double per_nanosecond(const LimitRule& rule) {
    return static_cast<double>(rule.limit) / static_cast<double>(rule.window.count());
}

Duration time_for(double units, const LimitRule& rule) {
    return Duration(static_cast<Duration::rep>(std::ceil(units / per_nanosecond(rule))));
}

bool is_bucket(LimitKind kind) {
    return kind == LimitKind::token_bucket || kind == LimitKind::leaky_bucket ||
           kind == LimitKind::cost;
}

SystemTime midnight_before(SystemTime now) {
    return std::chrono::floor<std::chrono::days>(now);
}

bool concerns(const LimitRule& rule, std::string_view operation) {
    return rule.operations.empty() ||
           std::ranges::find(rule.operations, operation) != rule.operations.end();
}

}  // namespace

std::string_view to_string(LimitKind kind) {
    switch (kind) {
        case LimitKind::window:
            return "window";
        case LimitKind::token_bucket:
            return "token_bucket";
        case LimitKind::leaky_bucket:
            return "leaky_bucket";
        case LimitKind::concurrency:
            return "concurrency";
        case LimitKind::daily:
            return "daily";
        case LimitKind::cost:
            return "cost";
    }
    return "?";
}

LimitSet::LimitSet(const LimitRules& rules) {
    for (const auto& [provider, list] : rules) {
        for (const LimitRule& rule : list) {
            rules_.push_back({provider, rule});
        }
    }
}

bool LimitSet::counts(std::string_view provider) const {
    return std::ranges::find(rules_, provider, &Rule::provider) != rules_.end();
}

LimitSet::Counter& LimitSet::counter(const std::string& key, std::size_t rule) {
    if (!counters_.contains(key) && counters_.size() >= counters_max) {
        return counters_[fmt::format("{}\nothers", rule)];
    }
    return counters_[key];
}

std::int64_t LimitSet::capacity(const LimitRule& rule) {
    return is_bucket(rule.kind) && rule.burst > 0 ? rule.burst : rule.limit;
}

void LimitSet::bring_up(const LimitRule& rule, const LimitRequest& request, Counter& counter) {
    if (is_bucket(rule.kind)) {
        const auto full = static_cast<double>(capacity(rule));
        const auto passed = static_cast<double>((request.now - counter.at).count());
        counter.level =
            counter.begun ? std::min(full, counter.level + passed * per_nanosecond(rule)) : full;
        counter.at = request.now;
    } else if (rule.kind == LimitKind::window) {
        if (!counter.begun || request.now >= counter.at + rule.window) {
            counter.used = 0;
            counter.at = request.now;
        }
    } else if (rule.kind == LimitKind::daily) {
        const SystemTime day = midnight_before(request.system_now);
        counter.used = counter.begun && counter.day == day ? counter.used : 0;
        counter.day = day;
    }
    counter.begun = true;
}

Duration LimitSet::wait_for(const LimitRule& rule, const LimitRequest& request,
                            const Counter& counter, std::int64_t units) {
    constexpr double rounding = 1e-6;
    if (is_bucket(rule.kind)) {
        const double lacking = static_cast<double>(units) - counter.level;
        return lacking <= rounding ? Duration::zero() : time_for(lacking, rule);
    }
    if (counter.used + units <= rule.limit) {
        return Duration::zero();
    }
    switch (rule.kind) {
        case LimitKind::window:
            return counter.at + rule.window - request.now;
        case LimitKind::daily:
            return counter.day + std::chrono::days(1) - request.system_now;
        default:
            return soon;
    }
}

LimitView LimitSet::view_of(const LimitRule& rule, const LimitRequest& request,
                            const Counter& counter, Duration wait) {
    LimitView view{.resource = rule.name, .limit = capacity(rule), .window = rule.window};
    if (is_bucket(rule.kind)) {
        constexpr double rounding = 1e-6;
        view.remaining = static_cast<std::int64_t>(std::floor(counter.level + rounding));
        const double lacking = 1 - counter.level;
        view.reset_after = wait > Duration::zero() ? wait
                           : lacking > rounding    ? time_for(lacking, rule)
                                                   : Duration::zero();
        view.window = time_for(static_cast<double>(view.limit), rule);
    } else {
        view.remaining = rule.limit - counter.used;
        view.reset_after = rule.kind == LimitKind::window ? counter.at + rule.window - request.now
                           : rule.kind == LimitKind::daily
                               ? counter.day + std::chrono::days(1) - request.system_now
                               : wait;
        view.window = rule.kind == LimitKind::daily         ? Duration(std::chrono::days(1))
                      : rule.kind == LimitKind::concurrency ? Duration::zero()
                                                            : rule.window;
    }
    view.remaining = std::max<std::int64_t>(view.remaining, 0);
    return view;
}

LimitAnswer LimitSet::ask(const LimitRequest& request) {
    struct One {
        std::size_t index;
        std::string bucket;
        Counter* counter;
        std::int64_t units;
        Duration wait;
    };
    std::vector<One> all;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        const LimitRule& rule = rules_[i].rule;
        if (rules_[i].provider != request.provider || !concerns(rule, request.operation)) {
            continue;
        }
        One one{.index = i, .bucket = rule.name, .counter = nullptr, .units = 1, .wait = {}};
        if (!request.bucket.empty()) {
            one.bucket += fmt::format("/{}", request.bucket);
        }
        if (rule.kind == LimitKind::cost) {
            const auto own = rule.costs.find(request.operation);
            const auto said = own != rule.costs.end() ? own->second : request.cost;
            one.units = std::clamp<std::int64_t>(said, 0, capacity(rule));
        }
        one.counter = &counter(fmt::format("{}\n{}", i, request.bucket), i);
        bring_up(rule, request, *one.counter);
        one.wait = wait_for(rule, request, *one.counter, one.units);
        all.push_back(std::move(one));
    }
    LimitAnswer answer;
    if (all.empty()) {
        return answer;
    }
    answer.refused = std::ranges::any_of(all, [](const One& one) { return one.wait > Duration(); });
    for (const One& one : all) {
        if (!answer.refused) {
            one.counter->used += one.units;
            one.counter->level -= static_cast<double>(one.units);
            answer.taken_.push_back(
                {one.index, fmt::format("{}\n{}", one.index, request.bucket), one.units});
        }
        answer.buckets += fmt::format("{}{}", answer.buckets.empty() ? "" : " ", one.bucket);
        answer.views.push_back(view_of(rules_[one.index].rule, request, *one.counter, one.wait));
    }
    // The one to tell of: the longest wait, else the least room.
    std::size_t first = 0;
    const auto room = [&](std::size_t i) {
        return static_cast<double>(answer.views[i].remaining) /
               static_cast<double>(answer.views[i].limit);
    };
    for (std::size_t i = 1; i < all.size(); ++i) {
        if (answer.refused ? all[i].wait > all[first].wait : room(i) < room(first)) {
            first = i;
        }
    }
    std::swap(answer.views.front(), answer.views[first]);
    answer.rule = &rules_[all[first].index].rule;
    answer.bucket = all[first].bucket;
    answer.cost = all[first].units;
    return answer;
}

void LimitSet::finished(const LimitAnswer& answer) {
    for (const auto& taken : answer.taken_) {
        if (rules_[taken.rule].rule.kind == LimitKind::concurrency) {
            auto& used = counter(taken.key, taken.rule).used;
            used = std::max<std::int64_t>(used - taken.units, 0);
        }
    }
}

void LimitSet::give_back(LimitAnswer& answer) {
    for (const auto& taken : answer.taken_) {
        if (rules_[taken.rule].rule.kind != LimitKind::concurrency) {
            auto& one = counter(taken.key, taken.rule);
            one.used = std::max<std::int64_t>(one.used - taken.units, 0);
            one.level += static_cast<double>(taken.units);
        }
    }
    std::erase_if(answer.taken_, [&](const LimitAnswer::Taken& taken) {
        return rules_[taken.rule].rule.kind != LimitKind::concurrency;
    });
    for (LimitView& view : answer.views) {
        if (view.window > Duration::zero()) {
            view.remaining = std::min(view.remaining + answer.cost, view.limit);
        }
    }
}

}  // namespace apilab::sandbox
