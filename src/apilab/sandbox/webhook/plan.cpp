#include "apilab/sandbox/webhook/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "apilab/base/rng.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/webhook/bodies.hpp"

namespace apilab::sandbox::webhook {
namespace {

// Of the events later than `after`.
std::set<std::uint64_t> choose(const Webhooks::Places& places, std::uint64_t events, Rng& rng,
                               std::uint64_t after = 0) {
    std::set<std::uint64_t> chosen(places.at.begin(), places.at.end());
    while (chosen.size() < std::min(places.count, events - after)) {
        chosen.insert(static_cast<std::uint64_t>(
            rng.between(static_cast<std::int64_t>(after + 1), static_cast<std::int64_t>(events))));
    }
    return chosen;
}

struct Chosen {
    std::set<std::uint64_t> odd;
    std::set<std::uint64_t> lost;
    std::set<std::uint64_t> duplicate;
    std::set<std::uint64_t> twin;
    std::array<std::pair<Truth, std::set<std::uint64_t>>, 6> hostile;
    std::set<std::uint64_t> redelivered;
    std::set<std::uint64_t> reorder;
    std::set<std::uint64_t> unknown;
    std::set<std::uint64_t> slow;
    std::set<std::uint64_t> huge;
    std::set<std::uint64_t> lure;
    std::set<std::uint64_t> own;
};

Chosen choose_all(const Webhooks& hooks, Rng& rng) {
    const auto pick = [&](const Webhooks::Places& places) {
        return choose(places, hooks.events, rng);
    };
    Chosen chosen{.odd = pick(hooks.odd),
                  .lost = pick(hooks.lost),
                  .duplicate = {},
                  .twin = {},
                  .hostile = {},
                  .redelivered = {},
                  .reorder = {},
                  .unknown = {},
                  .slow = {},
                  .huge = {},
                  .lure = {},
                  .own = {}};
    chosen.duplicate = pick(hooks.duplicate);
    chosen.twin = pick(hooks.twin);
    chosen.hostile = {{{Truth::altered, pick(hooks.altered)},
                       {Truth::forged, pick(hooks.forged)},
                       {Truth::without_signature, pick(hooks.without_signature)},
                       {Truth::stale, pick(hooks.stale)},
                       {Truth::future, pick(hooks.future)},
                       {Truth::retired, choose(hooks.retired, hooks.events, rng, hooks.rotate)}}};
    chosen.redelivered = pick(hooks.redelivered);
    chosen.reorder = pick(hooks.reorder);
    chosen.unknown = pick(hooks.unknown);
    chosen.slow = pick(hooks.slow);
    chosen.huge = pick(hooks.huge);
    chosen.lure = pick(hooks.lure);
    chosen.own = pick(hooks.own);
    return chosen;
}

// Two senders of one kind are told apart by their paths: their events are not the same.
std::string id_of(const Webhooks& hooks, std::uint64_t seed, std::string_view name) {
    const bool usual = hooks.path == "/webhooks/" + hooks.from;
    return event_id(hooks.from, seed,
                    usual ? std::string(name) : fmt::format("{} {}", name, hooks.path));
}

void write(const Webhooks& hooks, std::uint64_t seed, std::uint64_t number, SystemTime at,
           Matter matter, Delivery& delivery, std::string_view lure = {}) {
    auto body = write_body({.from = hooks.from,
                            .seed = seed,
                            .id = delivery.event,
                            .number = number,
                            .at = at,
                            .matter = matter,
                            .odd = delivery.odd,
                            .test = hooks.test,
                            .lure = std::string(lure)});
    delivery.type = std::move(body.type);
    delivery.body = std::move(body.text);
    delivery.object = std::move(body.object);
    delivery.version = std::move(body.version);
    delivery.ts = std::move(body.ts);
    delivery.words = std::move(body.words);
    delivery.order = delivery.object.empty()     ? 0
                     : matter == Matter::created ? 1
                     : matter == Matter::updated ? 2
                                                 : 3;
}

std::optional<Delivery> handshake(const Webhooks& hooks, std::uint64_t seed) {
    Delivery delivery;
    delivery.event = id_of(hooks, seed, "handshake");
    if (hooks.from == "slack") {
        delivery.challenge = event_digits(hooks.from, seed, "challenge");
    }
    auto body = handshake_body(
        hooks.from, hooks.from == "notion" ? webhook_secret(seed, hooks.from) : delivery.challenge);
    if (body.text.empty()) {
        return std::nullopt;
    }
    delivery.type = std::move(body.type);
    delivery.body = std::move(body.text);
    return delivery;
}

// By time; what is due at the same time stays in the order it was planned in.
std::vector<Delivery> in_order(std::vector<Delivery> plan) {
    std::multimap<Duration, Delivery> sorted;
    for (Delivery& delivery : plan) {
        sorted.emplace(delivery.at, std::move(delivery));
    }
    plan.clear();
    for (auto& [at, delivery] : sorted) {
        plan.push_back(std::move(delivery));
    }
    return plan;
}

// What is delivered beside an event and is not what it seems.
void add_hostile(const Webhooks& hooks, std::uint64_t seed, std::uint64_t number,
                 const Delivery& event, SystemTime at, const Chosen& chosen,
                 std::vector<Delivery>& plan) {
    for (const auto& [truth, places] : chosen.hostile) {
        if (places.contains(number)) {
            Delivery hostile;
            hostile.truth = truth;
            hostile.variant = number;
            hostile.at = event.at + hooks.every / 2;
            hostile.event = id_of(hooks, seed, fmt::format("{} {}", to_string(truth), number));
            write(hooks, seed, number, at, Matter::plain, hostile);
            plan.push_back(std::move(hostile));
        }
    }
}

// What is genuine and belongs to the event: what came before it, copies, news.
void add_kin(const Webhooks& hooks, std::uint64_t seed, std::uint64_t number, const Delivery& event,
             SystemTime at, const Chosen& chosen, std::vector<Delivery>& plan) {
    Delivery copy = event;
    copy.lost = false;
    if (chosen.twin.contains(number)) {
        copy.copy = "twin";
        plan.push_back(copy);
    }
    copy.at += hooks.again_after;
    if (chosen.duplicate.contains(number)) {
        copy.copy = "again";
        plan.push_back(copy);
    }
    if (chosen.redelivered.contains(number)) {
        copy.copy = "redelivery";
        plan.push_back(copy);
    }
    if (chosen.reorder.contains(number)) {
        Delivery older;
        older.event = id_of(hooks, seed, fmt::format("older {}", number));
        older.at = event.at + hooks.every / 4;
        older.late = true;
        write(hooks, seed, number, at, number % 2 == 1 ? Matter::created : Matter::updated, older);
        plan.push_back(std::move(older));
    }
    if (chosen.unknown.contains(number)) {
        Delivery news;
        news.event = id_of(hooks, seed, fmt::format("unknown {}", number));
        news.at = event.at + hooks.every / 3;
        news.quiet = true;
        write(hooks, seed, number, at, Matter::unknown, news);
        plan.push_back(std::move(news));
    }
    if (chosen.own.contains(number)) {
        Delivery own;
        own.event = id_of(hooks, seed, fmt::format("own {}", number));
        own.at = event.at + hooks.every / 3;
        own.own = true;
        // A number of its own, and so a ts of its own.
        write(hooks, seed, number + hooks.events, at, Matter::own, own);
        plan.push_back(std::move(own));
    }
}

Matter matter_of(const Chosen& chosen, std::uint64_t number) {
    if (!chosen.reorder.contains(number)) {
        return Matter::plain;
    }
    return number % 2 == 1 ? Matter::updated : Matter::deleted;
}

// What signs a delivery, in the order of the header.
std::vector<std::string> secrets_of(const Webhooks& hooks, const Delivery& delivery,
                                    std::uint64_t seed) {
    if (delivery.type == "verification_token") {
        return {};
    }
    if (hooks.from == "standard" && hooks.signs == "v1a") {
        const auto key = webhook_private_key(seed, delivery.truth == Truth::retired);
        return delivery.both ? std::vector{webhook_private_key(seed, true), key} : std::vector{key};
    }
    std::vector<std::string> secrets;
    if (delivery.both || delivery.truth == Truth::retired) {
        secrets.push_back(webhook_secret(seed, hooks.from, true));
    }
    if (hooks.from == "standard" && hooks.signs == "both" && delivery.truth != Truth::retired) {
        secrets.push_back(webhook_private_key(seed));
    }
    if (delivery.truth != Truth::retired) {
        secrets.push_back(webhook_secret(seed, hooks.from));
    }
    return secrets;
}

}  // namespace

std::vector<Delivery> plan_deliveries(const Webhooks& hooks, std::uint64_t seed, SystemTime started,
                                      std::string_view foreign) {
    SeededRng rng(seed);
    const Chosen chosen = choose_all(hooks, rng);
    std::vector<Delivery> plan;
    if (auto first = hooks.handshake ? handshake(hooks, seed) : std::nullopt) {
        plan.push_back(*std::move(first));
    }
    for (std::uint64_t number = 1; number <= hooks.events; ++number) {
        Delivery event;
        event.at = hooks.every * static_cast<std::int64_t>(number);
        event.event = id_of(hooks, seed, fmt::format("event {}", number));
        event.odd = chosen.odd.contains(number) && !chosen.reorder.contains(number);
        event.slow = chosen.slow.contains(number);
        event.huge = chosen.huge.contains(number);
        event.both = number <= hooks.rotate;
        const bool once = chosen.redelivered.contains(number);
        event.lost = chosen.lost.contains(number) || once;
        event.attempts = once ? 1 : hooks.attempts;
        const SystemTime at = started + event.at;
        event.lure = chosen.lure.contains(number) && !foreign.empty();
        write(hooks, seed, number, at, matter_of(chosen, number), event,
              event.lure ? foreign : std::string_view());
        plan.push_back(event);
        add_kin(hooks, seed, number, event, at, chosen, plan);
        add_hostile(hooks, seed, number, event, at, chosen, plan);
    }
    return in_order(std::move(plan));
}

http::Request make_request(const Webhooks& hooks, const Delivery& delivery, const Attempt& attempt,
                           std::uint64_t seed, SystemTime now, const http::Url& base) {
    return write_letter({.from = hooks.from,
                         .type = delivery.type,
                         .id = delivery.event,
                         .body = delivery.body,
                         .secrets = secrets_of(hooks, delivery, seed),
                         .truth = delivery.truth,
                         .variant = delivery.variant,
                         .huge = delivery.huge},
                        attempt, now, base.with(hooks.path));
}

}  // namespace apilab::sandbox::webhook

namespace apilab::sandbox {

std::vector<Duration> kill_times(const Kills& kills, std::uint64_t seed) {
    std::vector<Duration> times;
    SeededRng rng(seed + 77);  // not the numbers that the senders draw
    const auto count = static_cast<std::int64_t>(kills.count);
    for (std::int64_t i = 0; i < count; ++i) {
        const Duration part = kills.within / count;
        times.push_back(part * i + Duration(rng.between(0, (part - kills.away).count())));
    }
    return times;
}

}  // namespace apilab::sandbox
