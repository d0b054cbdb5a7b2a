#include "apilab/policy/rate_limiter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/rate_limit_headers.hpp"
#include "apilab/policy/profile.hpp"

namespace apilab::policy {

namespace {

// An attempt's number, and whether it has been let through.
constexpr Slot admitted = 1;
constexpr Slot number_step = 2;

std::unexpected<Error> outside(std::string_view field, std::string_view value,
                               std::string_view range) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("limiter.{} is {}, outside {}", field, value, range));
}

Refuse too_late(const CallFacts& call, Duration wait) {
    return Refuse{
        Error(ErrorKind::rate_limited,
              fmt::format("the quota of {}{}{} lets this call through in {}, past its deadline",
                          call.provider.empty() ? call.origin : call.provider,
                          call.bucket.empty() ? "" : ", ", call.bucket, format_duration(wait)))
            .with_outcome(Outcome::not_sent)
            .with_ending(Ending::deadline)
            .with_retry_after(wait)};
}

}  // namespace

Result<void> RateLimiterOptions::validate() const {
    APILAB_CHECK(quota.validate());
    if (!(headroom >= 0 && headroom <= 0.9)) {
        return outside("headroom", fmt::format("{}", headroom), "0 to 0.9");
    }
    if (waiting_max > 1'000'000) {
        return outside("waiting_max", fmt::format("{}", waiting_max), "0 to 1000000");
    }
    if (buckets_max == 0) {
        return outside("buckets_max", "0", "1 and more");
    }
    return {};
}

std::string RateLimiterOptions::describe() const {
    std::string text = quota.describe();
    text += profiles ? "; providers' own quotas" : "";
    text += learn ? "; learns from answers" : "";
    text += pace ? "; paced" : "";
    text += headroom > 0 ? fmt::format("; {:.0f} % left to others", headroom * 100) : "";
    return text + fmt::format("; {} waiting", waiting_max);
}

std::string RateLimiter::describe() const {
    return "rate limiter per bucket: " + options_.describe();
}

// What one call takes of the average: so long until it is made good.
Duration RateLimiter::Meter::price(int cost) const {
    return Duration(std::llround(static_cast<double>(quota.window.count()) / quota.permits * cost));
}

SteadyTime RateLimiter::Meter::ready_at(SteadyTime now, int cost) const {
    SteadyTime ready = now;
    if (quota.permits > 0) {
        const double burst = std::max(
            {quota.burst > 0 ? quota.burst : quota.permits, 1.0, static_cast<double>(cost)});
        const Duration depth = Duration(
            std::llround(static_cast<double>(quota.window.count()) / quota.permits * burst));
        ready = std::max(ready, empty_at + price(cost) - depth);
    }
    if (quota.spacing > Duration::zero() && last_start != SteadyTime()) {
        ready = std::max(ready, last_start + quota.spacing);
    }
    return ready;
}

std::optional<std::int64_t> RateLimiter::Meter::free(SteadyTime now) const {
    if (quota.permits <= 0) {
        return std::nullopt;
    }
    const double burst = std::max(quota.burst > 0 ? quota.burst : quota.permits, 1.0);
    const double owed = empty_at > now ? static_cast<double>((empty_at - now).count()) /
                                             static_cast<double>(price(1).count())
                                       : 0;
    // A hair below a whole unit is that unit: prices are rounded.
    return static_cast<std::int64_t>(std::max(std::floor(burst - owed + 1e-6), 0.0));
}

void RateLimiter::Meter::take(SteadyTime now, int cost) {
    if (quota.permits > 0) {
        empty_at = std::max(empty_at, now) + price(cost);
    }
    last_start = now;
    ++under_way;
}

void RateLimiter::Meter::give_back(int cost) {
    if (quota.permits > 0) {
        empty_at -= price(cost);
    }
    --under_way;
}

void RateLimiter::forget_one() {
    auto oldest = buckets_.end();
    for (auto place = buckets_.begin(); place != buckets_.end(); ++place) {
        if (place->second.at_rest() &&
            (oldest == buckets_.end() || place->second.last_used < oldest->second.last_used)) {
            oldest = place;
        }
    }
    if (oldest != buckets_.end()) {
        buckets_.erase(oldest);
    }
}

RateLimiter::Bucket& RateLimiter::bucket_for(const CallFacts& call) {
    auto found = buckets_.find(bucket_of(call));
    if (found == buckets_.end()) {
        if (buckets_.size() >= options_.buckets_max) {
            forget_one();
        }
        BucketKey key{std::string(call.origin), std::string(call.provider),
                      std::string(call.bucket)};
        found = buckets_.emplace(std::move(key), Bucket()).first;
        const ProviderProfile& profile = profile_of(call.provider);
        found->second.meter.quota =
            options_.profiles && profile.quota.limits() ? profile.quota : options_.quota;
    }
    found->second.last_used = ++uses_;
    return found->second;
}

RateLimiter::Lane& RateLimiter::lane_for(Bucket& bucket, const CallFacts& call) const {
    const auto found = bucket.lanes.find(call.lane);
    if (found != bucket.lanes.end()) {
        return found->second;
    }
    Lane& lane = bucket.lanes[std::string(call.lane)];
    if (options_.profiles) {
        lane.meter.quota = call.lane_quota;
    }
    return lane;
}

SteadyTime RateLimiter::ready_at(const Bucket& bucket, const Lane& lane, SteadyTime now,
                                 int cost) const {
    SteadyTime ready = std::max(bucket.meter.ready_at(now, cost), lane.meter.ready_at(now, cost));
    const Learned& learned = bucket.learned;
    if (!learned.remaining || now >= learned.reset) {
        return ready;
    }
    if (*learned.remaining < cost) {
        return std::max(ready, learned.reset);
    }
    if (options_.pace && bucket.meter.last_start != SteadyTime()) {
        const Duration gap = (learned.reset - now) / std::max<std::int64_t>(*learned.remaining, 1);
        ready = std::max(ready, bucket.meter.last_start + gap * cost);
    }
    return ready;
}

void RateLimiter::take(Bucket& bucket, Lane& lane, int cost, SteadyTime now) {
    bucket.meter.take(now, cost);
    lane.meter.take(now, cost);
    bucket.uncounted += cost;
    if (bucket.learned.remaining) {
        // A window that has ended leaves nothing to count down from.
        if (now >= bucket.learned.reset) {
            bucket.learned = {};
        } else {
            *bucket.learned.remaining -= cost;
        }
    }
}

// The head of a queue, or somebody who came when there was none.
Action RateLimiter::ask(Bucket& bucket, Lane& lane, const CallFacts& call, Slot& slot,
                        SteadyTime now) {
    if (full(bucket, lane)) {
        return WaitTurn{.until = call.deadline, .cause = http::WaitCause::rate_limit};
    }
    const SteadyTime ready = ready_at(bucket, lane, now, call.cost);
    if (ready > now) {
        if (ready >= call.deadline) {
            return too_late(call, ready - now);
        }
        return WaitUntil{.until = ready, .cause = http::WaitCause::rate_limit};
    }
    take(bucket, lane, call.cost, now);
    slot |= admitted;
    return Proceed{};
}

Action RateLimiter::queue_up(Bucket& bucket, Lane& lane, const CallFacts& call, Slot& slot,
                             SteadyTime now) {
    if (bucket.waiting >= options_.waiting_max) {
        return Refuse{
            Error(ErrorKind::overloaded, fmt::format("{} calls wait for the quota of {} already",
                                                     bucket.waiting, call.origin))
                .with_outcome(Outcome::not_sent)
                .with_ending(Ending::overload)
                .with_detail("limiter")};
    }
    // With the average alone: the earliest that those before it may let it.
    SteadyTime ready = ready_at(bucket, lane, now, call.cost);
    const auto before = static_cast<std::int64_t>(lane.queue.size());
    for (const Meter* meter : {&bucket.meter, &lane.meter}) {
        const Duration each = std::max(
            meter->quota.permits > 0 ? meter->price(call.cost) : Duration(), meter->quota.spacing);
        ready = std::max(ready, meter->ready_at(now, call.cost) + each * before);
    }
    if (ready >= call.deadline) {
        return too_late(call, ready - now);
    }
    slot = last_ += number_step;
    lane.queue.push_back(slot);
    ++bucket.waiting;
    if (before > 0) {
        return WaitTurn{.until = call.deadline, .cause = http::WaitCause::rate_limit};
    }
    return full(bucket, lane)
               ? Action(WaitTurn{.until = call.deadline, .cause = http::WaitCause::rate_limit})
               : Action(WaitUntil{.until = ready, .cause = http::WaitCause::rate_limit});
}

Action RateLimiter::before(const CallFacts& call, Slot& slot, SteadyTime now) {
    if ((slot & admitted) != 0) {
        return Proceed{};
    }
    Bucket& bucket = bucket_for(call);
    Lane& lane = lane_for(bucket, call);
    if (slot == 0) {
        if (lane.queue.empty() && !full(bucket, lane) &&
            ready_at(bucket, lane, now, call.cost) <= now) {
            slot = last_ += number_step;
            return ask(bucket, lane, call, slot, now);
        }
        return queue_up(bucket, lane, call, slot, now);
    }
    if (lane.queue.empty() || lane.queue.front() != slot) {
        return WaitTurn{.until = call.deadline, .cause = http::WaitCause::rate_limit};
    }
    auto action = ask(bucket, lane, call, slot, now);
    if (std::holds_alternative<Proceed>(action)) {
        lane.queue.pop_front();
        --bucket.waiting;
        if (!lane.queue.empty()) {
            turns_.push_back(lane.queue.front());
        }
    }
    return action;
}

// Whoever stands first may be able to go now, or knows better when.
void RateLimiter::wake_heads(Bucket& bucket) {
    for (auto& [name, lane] : bucket.lanes) {
        if (!lane.queue.empty()) {
            turns_.push_back(lane.queue.front());
        }
    }
}

void RateLimiter::withdraw(const CallFacts& call, Slot slot, SteadyTime /*now*/) {
    const auto found = buckets_.find(bucket_of(call));
    if (slot == 0 || found == buckets_.end()) {
        return;
    }
    Bucket& bucket = found->second;
    Lane& lane = lane_for(bucket, call);
    if ((slot & admitted) != 0) {
        bucket.meter.give_back(call.cost);
        lane.meter.give_back(call.cost);
        bucket.uncounted -= call.cost;
        if (bucket.learned.remaining) {
            *bucket.learned.remaining += call.cost;
        }
    } else if (std::erase(lane.queue, slot) > 0) {
        --bucket.waiting;
        std::erase(turns_, slot);
    }
    wake_heads(bucket);
}

void RateLimiter::learn(Bucket& bucket, const AttemptOutcome& outcome) const {
    const http::RateLimitReading* tightest = nullptr;
    const auto said = http::read_rate_limits(*outcome.headers, outcome.system_at);
    for (const auto& reading : said.readings) {
        const bool usable =
            reading.remaining && reading.reset_in && reading.unit == http::RateLimitUnit::requests;
        if (usable && (tightest == nullptr || *reading.remaining < *tightest->remaining)) {
            tightest = &reading;
        }
    }
    if (tightest == nullptr) {
        return;
    }
    const auto kept = static_cast<std::int64_t>(
        std::ceil(options_.headroom * static_cast<double>(tightest->limit.value_or(0))));
    const std::int64_t told = *tightest->remaining - kept;
    // A moment is told in whole seconds, and may be up to one later than it says.
    const bool epoch = tightest->reset_form == http::ResetForm::epoch_seconds;
    const Duration slack = epoch ? Duration(std::chrono::seconds(1)) : Duration::zero();
    const SteadyTime reset = outcome.at + *tightest->reset_in + slack;
    const auto window = epoch ? std::optional(std::chrono::round<std::chrono::seconds>(
                                    outcome.system_at + *tightest->reset_in))
                              : std::nullopt;
    Learned& learned = bucket.learned;
    // Of two answers about one window the one that says more is the older.
    const bool older = learned.remaining && window && learned.window_id == SystemTime(*window) &&
                       told > learned.told;
    if (older) {
        return;
    }
    // Whole seconds from now are rounded up: each answer about a window says no earlier than when
    // its end is, and the first one is the nearest to it. More left than before, beyond what
    // answers that overtook each other explain, is another window.
    const bool same = tightest->reset_form == http::ResetForm::seconds && learned.remaining &&
                      told <= learned.told + bucket.uncounted && outcome.at < learned.reset &&
                      reset > learned.reset && reset - learned.reset < std::chrono::seconds(1);
    learned.remaining = told - bucket.uncounted;
    learned.limit = tightest->limit;
    learned.told = same ? std::min(told, learned.told) : told;
    learned.reset = same ? learned.reset : reset;
    learned.window_id = window ? std::optional<SystemTime>(*window) : std::nullopt;
}

void RateLimiter::after(const CallFacts& call, Slot slot, const AttemptOutcome& outcome) {
    const auto found = buckets_.find(bucket_of(call));
    if ((slot & admitted) == 0 || found == buckets_.end()) {
        withdraw(call, slot, outcome.at);
        return;
    }
    Bucket& bucket = found->second;
    --bucket.meter.under_way;
    --lane_for(bucket, call).meter.under_way;
    bucket.uncounted -= call.cost;
    if (options_.learn && outcome.headers != nullptr) {
        learn(bucket, outcome);
    }
    wake_heads(bucket);
}

std::optional<Slot> RateLimiter::next_turn() {
    if (turns_.empty()) {
        return std::nullopt;
    }
    const Slot slot = turns_.front();
    turns_.pop_front();
    return slot;
}

std::optional<std::int64_t> RateLimiter::remaining(const CallFacts& call) const {
    const auto found = buckets_.find(bucket_of(call));
    return found == buckets_.end() ? std::nullopt : found->second.learned.remaining;
}

std::vector<RateLimiter::Snapshot> RateLimiter::limits(SteadyTime now) const {
    std::vector<Snapshot> all;
    all.reserve(buckets_.size());
    for (const auto& [key, bucket] : buckets_) {
        Snapshot& one = all.emplace_back();
        one.origin = key.origin;
        one.provider = key.provider;
        one.bucket = key.bucket;
        one.quota = bucket.meter.quota;
        one.free = bucket.meter.free(now);
        if (const Learned& learned = bucket.learned; learned.remaining && now < learned.reset) {
            one.limit = learned.limit;
            one.remaining = std::max<std::int64_t>(*learned.remaining, 0);
            one.reset_in = learned.reset - now;
        }
        one.waiting = bucket.waiting;
        one.under_way = bucket.meter.under_way;
    }
    return all;
}

std::size_t RateLimiter::waiting(const CallFacts& call) const {
    const auto found = buckets_.find(bucket_of(call));
    return found == buckets_.end() ? 0 : found->second.waiting;
}

}  // namespace apilab::policy
