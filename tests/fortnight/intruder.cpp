#include "intruder.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "apilab/base/clock.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/webhook/bodies.hpp"
#include "apilab/sandbox/webhook/letter.hpp"

namespace apilab::fortnight {

using namespace std::chrono_literals;
using runtime::Task;
using sandbox::webhook::Truth;

namespace {

constexpr std::array<std::string_view, 3> senders{"github", "slack", "stripe"};
// The last two only where a time is signed.
constexpr std::array<Truth, 5> lies{Truth::forged, Truth::altered, Truth::without_signature,
                                    Truth::stale, Truth::future};

}  // namespace

Intruder::Attempt Intruder::forgery(const std::string& sender) {
    const auto kinds = lies.size() - (sender == "github" ? 3U : 1U);
    const auto now = scheduler_.system_now();
    const auto id =
        sandbox::webhook::event_id(sender, seed_, fmt::format("intruder {}", attempts_));
    auto body = sandbox::webhook::write_body(
        {.from = sender, .seed = seed_, .id = id, .number = 1'000'000 + attempts_, .at = now});
    return {.request = sandbox::webhook::write_letter(
                {.from = sender,
                 .type = body.type,
                 .id = id,
                 .body = body.text,
                 .secrets = {sandbox::webhook_secret(seed_, sender)},
                 .truth = lies.at(
                     static_cast<std::size_t>(rng_.between(0, static_cast<std::int64_t>(kinds)))),
                 .variant = attempts_},
                {}, now, base_.with("/webhooks/" + sender))};
}

std::optional<Intruder::Attempt> Intruder::replay(const std::string& sender) {
    const auto caught = site_.caught().find(sender);
    if (caught == site_.caught().end()) {
        return std::nullopt;
    }
    Attempt attempt{.request = caught->second, .may_be_told_ok = true};
    if (sender == "github" && rng_.between(0, 1) == 0) {
        attempt.request.header(
            "x-github-delivery",
            sandbox::webhook::event_id(sender, seed_, fmt::format("replay {}", attempts_)));
    }
    return attempt;
}

Task<void> Intruder::run(Duration span) {
    const SteadyTime end = scheduler_.now() + span;
    while (scheduler_.now() < end) {
        if (!co_await scheduler_.sleep_for(
                Duration(rng_.between(Duration(1min).count(), Duration(40min).count())))) {
            co_return;
        }
        const std::string sender(senders.at(static_cast<std::size_t>(rng_.between(0, 2))));
        auto caught = rng_.between(0, 3) == 0 ? replay(sender) : std::nullopt;
        Attempt attempt = caught ? *std::move(caught) : forgery(sender);
        ++attempts_;
        const auto answer = co_await way_.call(std::move(attempt.request), {});
        believed_ += answer && answer->ok() && !attempt.may_be_told_ok ? 1U : 0U;
    }
}

}  // namespace apilab::fortnight
