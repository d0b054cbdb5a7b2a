#include "apilab/shared/budget_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <memory>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/retry_after.hpp"

namespace apilab::shared {

using runtime::Task;

namespace {

constexpr int too_many_requests = 429;
constexpr Duration hold_max = std::chrono::hours(1);
constexpr Duration patience = std::chrono::seconds(1);

Error out_of_range(const std::string& field, const std::string& range) {
    return Error(ErrorKind::invalid_argument, field + " is out of range")
        .with_detail(field)
        .with_remedy("give " + range);
}

// A part of a quota, as small as it may get.
policy::Quota share_of(policy::Quota quota, int replicas) {
    const double whole = quota.burst > 0 ? quota.burst : std::max(quota.permits, 1.0);
    quota.permits /= replicas;
    quota.burst = std::max(1.0, whole / replicas);
    return quota;
}

}  // namespace

Result<void> BudgetServiceOptions::validate() const {
    for (const auto& budget : budgets) {
        if (budget.name.empty() || budget.name.size() > 200) {
            return fail(out_of_range("budgets.name", "1 to 200 bytes"));
        }
        if (budget.quota.permits <= 0) {
            return fail(out_of_range("budgets.quota", "permits and their window"));
        }
        APILAB_CHECK(budget.quota.validate());
    }
    if (replica.empty() || replica.size() > 100) {
        return fail(out_of_range("replica", "1 to 100 bytes, another one for each"));
    }
    if (chunk < 1 || chunk > 1'000) {
        return fail(out_of_range("chunk", "1 to 1,000"));
    }
    if (keep < std::chrono::milliseconds(1) || keep > std::chrono::seconds(10)) {
        return fail(out_of_range("keep", "1 ms to 10 s"));
    }
    if (ask_again < std::chrono::milliseconds(100) || ask_again > std::chrono::minutes(1)) {
        return fail(out_of_range("ask_again", "100 ms to 1 min"));
    }
    if (replicas < 1 || replicas > 1'000) {
        return fail(out_of_range("replicas", "1 to 1,000"));
    }
    if (waiting_max > 100'000) {
        return fail(out_of_range("waiting_max", "0 to 100,000"));
    }
    return {};
}

struct BudgetService::Budget {
    SharedBudget what;
    /// Given and not used yet, good from `next` to `good_until`.
    int permits = 0;
    SteadyTime next{};
    SteadyTime good_until{};
    /// Nobody before then, whatever a store gives that was asked before.
    SteadyTime held_until{};
    /// This replica's share, for when the store fails.
    Gcra alone;
    /// Who comes waits behind these; the first one asks.
    std::list<runtime::Event*> queue;
};

BudgetService::BudgetService(runtime::Scheduler& scheduler, runtime::Service& inner,
                             BudgetStore& store, BudgetServiceOptions options)
    : scheduler_(scheduler), inner_(inner), store_(store), options_(std::move(options)) {
    stats_.replicas = options_.replicas;
    for (const auto& budget : options_.budgets) {
        budgets_.emplace_back().what = budget;
    }
}

BudgetService::~BudgetService() = default;

BudgetService::Budget* BudgetService::budget_of(const http::Url& url) {
    const auto origin = url.origin();
    const auto found = std::ranges::find_if(budgets_, [&](const Budget& budget) {
        return budget.what.origin == origin && url.path().starts_with(budget.what.path_prefix);
    });
    return found == budgets_.end() ? nullptr : &*found;
}

// Where the store cannot be asked, nobody knows what the others do: a share is what is safe.
void BudgetService::spend_alone(Budget& budget, SteadyTime now) {
    const auto share = share_of(budget.what.quota, std::max(1, stats_.replicas));
    const auto taken = budget.alone.take(share, 1, patience, now);
    budget.permits = taken.permits;
    budget.next = now + taken.wait;
    budget.good_until = budget.next + options_.keep;
    stats_.alone += static_cast<std::uint64_t>(budget.permits);
}

Task<void> BudgetService::refill(Budget* budget) {
    stats_.unused += static_cast<std::uint64_t>(budget->permits);
    budget->permits = 0;
    if (scheduler_.now() < ask_store_at_) {
        spend_alone(*budget, scheduler_.now());
        co_return;
    }
    ++stats_.asks;
    const auto waiting = static_cast<int>(std::min<std::size_t>(budget->queue.size(), 1'000));
    const auto grant = co_await store_.lease({.name = budget->what.name,
                                              .quota = budget->what.quota,
                                              .want = std::clamp(waiting, 1, options_.chunk),
                                              .patience = patience,
                                              .replica = options_.replica});
    const auto now = scheduler_.now();
    if (!grant) {
        ++stats_.failures;
        stats_.store_error = grant.error().to_string();
        ask_store_at_ = now + options_.ask_again;
        spend_alone(*budget, now);
        co_return;
    }
    stats_.store_error.clear();
    stats_.replicas = std::max(1, grant->replicas);
    stats_.permits += static_cast<std::uint64_t>(grant->permits);
    budget->permits = grant->permits;
    budget->next = now + grant->wait;
    budget->good_until = budget->next + options_.keep;
}

// At the head of the queue: until there is a permit.
Task<Result<void>> BudgetService::take_turn(Budget* budget, SteadyTime deadline) {
    while (true) {
        const auto now = scheduler_.now();
        budget->next = std::max(budget->next, budget->held_until);
        if (budget->permits > 0 && now >= budget->next && now <= budget->good_until) {
            --budget->permits;
            co_return Result<void>();
        }
        if (budget->next > deadline) {
            co_return fail(Error(ErrorKind::rate_limited,
                                 "the budget '" + budget->what.name + "' that replicas share")
                               .with_outcome(Outcome::not_sent)
                               .with_retry_after(budget->next - now));
        }
        if (budget->next > now) {
            APILAB_CO_CHECK(co_await scheduler_.sleep_until(budget->next));
            continue;
        }
        co_await refill(budget);
        if (budget->permits == 0 && budget->next <= scheduler_.now()) {
            // A store that gives nothing and names no time is not asked in a loop.
            budget->next = scheduler_.now() + std::chrono::milliseconds(1);
        }
        if (co_await runtime::cancelled()) {
            co_return fail(ErrorKind::cancelled, "cancelled while it waited for its budget");
        }
    }
}

Task<Result<void>> BudgetService::permit(Budget* budget, SteadyTime deadline) {
    if (budget->queue.size() > options_.waiting_max) {
        ++stats_.refused;
        co_return fail(
            Error(ErrorKind::overloaded, "too many wait for the budget '" + budget->what.name + "'")
                .with_detail("waiting_max")
                .with_outcome(Outcome::not_sent));
    }
    runtime::Event turn;
    const auto place = budget->queue.insert(budget->queue.end(), &turn);
    Result<void> got;
    bool mine = place == budget->queue.begin();
    if (!mine) {
        const auto woken = co_await scheduler_.wait(&turn, deadline);
        mine = woken == runtime::Scheduler::Woken::event;
        if (woken == runtime::Scheduler::Woken::cancelled) {
            got = fail(ErrorKind::cancelled, "cancelled while it waited for its budget");
        } else if (!mine) {
            got = fail(Error(ErrorKind::rate_limited,
                             "no turn in the budget '" + budget->what.name + "' in time")
                           .with_outcome(Outcome::not_sent));
        }
    }
    if (mine) {
        got = co_await take_turn(budget, deadline);
    }
    const bool head = place == budget->queue.begin();
    budget->queue.erase(place);
    if (head && !budget->queue.empty()) {
        budget->queue.front()->set();
    }
    stats_.refused += got ? 0U : 1U;
    co_return got;
}

Task<void> BudgetService::hold(Budget* budget, Duration wait) {
    wait = std::min(wait, hold_max);
    const auto until = scheduler_.now() + wait;
    budget->permits = 0;
    budget->held_until = std::max(budget->held_until, until);
    budget->alone.hold(until);
    (void)co_await store_.hold(budget->what.name, wait);
}

Task<Result<http::Response>> BudgetService::call(http::Request request,
                                                 runtime::CallContext context) {
    Budget* budget = budget_of(request.url());
    if (budget == nullptr) {
        co_return co_await inner_.call(std::move(request), std::move(context));
    }
    const auto began = scheduler_.now();
    const auto record = context.record;
    const int attempt = context.attempt != nullptr ? context.attempt->number : 0;
    APILAB_CO_CHECK(co_await permit(budget, std::min(context.deadline, context.attempt_deadline)));
    if (const auto elapsed = scheduler_.now() - began; record && elapsed > Duration::zero()) {
        record->waits.push_back({.after_attempt = std::max(0, attempt - 1),
                                 .cause = http::WaitCause::rate_limit,
                                 .started = began,
                                 .planned = elapsed,
                                 .elapsed = elapsed});
    }
    auto reply = co_await inner_.call(std::move(request), std::move(context));
    if (reply && reply->status() == too_many_requests) {
        const auto told = http::parse_retry_after(reply->headers(), scheduler_.system_now()).wait;
        if (told && *told > Duration::zero()) {
            co_await hold(budget, *told);
        }
    }
    co_return reply;
}

}  // namespace apilab::shared
