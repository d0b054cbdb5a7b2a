#include "apilab/sandbox/webhook/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "apilab/base/rng.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/webhook/sign.hpp"

namespace apilab::sandbox::webhook {
namespace {

// A duplicate comes so long after its original: long enough for the work to be done.
constexpr Duration again_after = std::chrono::seconds(20);
constexpr Duration off_by = std::chrono::minutes(6);

std::set<std::uint64_t> choose(const Webhooks::Places& places, std::uint64_t events, Rng& rng) {
    std::set<std::uint64_t> chosen(places.at.begin(), places.at.end());
    while (chosen.size() < std::min(places.count, events)) {
        chosen.insert(
            static_cast<std::uint64_t>(rng.between(1, static_cast<std::int64_t>(events))));
    }
    return chosen;
}

struct Chosen {
    std::set<std::uint64_t> odd;
    std::set<std::uint64_t> lost;
    std::set<std::uint64_t> duplicate;
    std::set<std::uint64_t> twin;
    std::array<std::pair<Truth, std::set<std::uint64_t>>, 5> hostile;
};

Chosen choose_all(const Webhooks& hooks, Rng& rng) {
    const auto pick = [&](const Webhooks::Places& places) {
        return choose(places, hooks.events, rng);
    };
    Chosen chosen{.odd = pick(hooks.odd),
                  .lost = pick(hooks.lost),
                  .duplicate = {},
                  .twin = {},
                  .hostile = {}};
    chosen.duplicate = pick(hooks.duplicate);
    chosen.twin = pick(hooks.twin);
    chosen.hostile = {{{Truth::altered, pick(hooks.altered)},
                       {Truth::forged, pick(hooks.forged)},
                       {Truth::without_signature, pick(hooks.without_signature)},
                       {Truth::stale, pick(hooks.stale)},
                       {Truth::future, pick(hooks.future)}}};
    return chosen;
}

// 32 hexadecimal digits that belong to this event of this seed.
std::string digits_of(const Webhooks& hooks, std::uint64_t seed, std::string_view what) {
    return internal::sha256_hex(fmt::format("webhook {} {} {}", seed, hooks.from, what))
        .substr(0, 32);
}

std::string event_id(const Webhooks& hooks, std::uint64_t seed, std::string_view what) {
    auto digits = digits_of(hooks, seed, what);
    if (hooks.from == "github") {
        return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                           digits.substr(12, 4), digits.substr(16, 4), digits.substr(20, 12));
    }
    std::ranges::transform(digits, digits.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return "Ev" + digits.substr(0, 9);
}

std::string github_push(const Webhooks& hooks, std::uint64_t seed, std::uint64_t number, bool odd) {
    const auto hash = digits_of(hooks, seed, fmt::format("commit {}", number)).substr(0, 32);
    if (odd) {  // blanks, an escape in capitals, a number in another spelling, a line's end
        return fmt::format(
            "{{ \"ref\" : \"refs/heads/main\", \"after\":\"{0}00000000\",\n"
            "  \"commits\": [ {{ \"message\": \"Gr\\u00fc\\u00DFe \\u001B[1m{1} ☕\" , "
            "\"size\": 1.50e2 }} ],\n  \"repository\": {{\"full_name\":\"octo\\/webshop\", "
            "\"id\": 1296269}} }}\n",
            hash, number);
    }
    return fmt::format(
        R"({{"ref":"refs/heads/main","after":"{}00000000","commits":[{{"message":"change {}"}}],)"
        R"("repository":{{"id":1296269,"full_name":"octo/webshop"}}}})",
        hash, number);
}

std::string slack_event(const Delivery& delivery, std::uint64_t number, SystemTime at) {
    const auto epoch = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    if (delivery.odd) {
        return fmt::format(
            "{{ \"type\":\"event_callback\" ,\"team_id\":\"T061EG9R6\",\"api_app_id\":"
            "\"A0FFV41KK\",\n\t\"event\": {{\"type\":\"app_mention\",\"text\":\"caf\\u00E9 "
            "\\ud83d\\ude00 {1}\",\"user\":\"U061F7AUR\",\"channel\":\"C0LAN2Q65\",\"ts\":"
            "\"{2}.000{1:03}\",\"event_ts\":\"{2}.000{1:03}\"}}, \"event_time\":{2},"
            "\"event_id\":\"{0}\" }}",
            delivery.event, number, epoch);
    }
    return fmt::format(
        R"({{"team_id":"T061EG9R6","api_app_id":"A0FFV41KK","event":{{"type":"app_mention",)"
        R"("user":"U061F7AUR","text":"event {1}","ts":"{2}.000{1:03}","channel":"C0LAN2Q65",)"
        R"("event_ts":"{2}.000{1:03}"}},"type":"event_callback","event_id":"{0}",)"
        R"("event_time":{2}}})",
        delivery.event, number, epoch);
}

void write_body(const Webhooks& hooks, std::uint64_t seed, std::uint64_t number, SystemTime started,
                Delivery& delivery) {
    const bool github = hooks.from == "github";
    delivery.type = github ? "push" : "event_callback";
    delivery.body = github ? github_push(hooks, seed, number, delivery.odd)
                           : slack_event(delivery, number, started + delivery.at);
}

Delivery handshake(const Webhooks& hooks, std::uint64_t seed) {
    Delivery delivery;
    delivery.event = event_id(hooks, seed, "handshake");
    if (hooks.from == "github") {
        delivery.type = "ping";
        delivery.body = R"({"zen":"Design for failure.","hook_id":30,"hook":{"type":"Repository",)"
                        R"("id":30,"name":"web","active":true,"events":["push"]}})";
    } else {
        delivery.type = "url_verification";
        delivery.challenge = digits_of(hooks, seed, "challenge");
        delivery.body = fmt::format(R"({{"challenge":{},"type":"url_verification"}})",
                                    http::json_quote(delivery.challenge));
    }
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

}  // namespace

std::string_view to_string(Truth truth) {
    switch (truth) {
        case Truth::genuine:
            return "genuine";
        case Truth::altered:
            return "altered";
        case Truth::forged:
            return "forged";
        case Truth::without_signature:
            return "without_signature";
        case Truth::stale:
            return "stale";
        case Truth::future:
            return "future";
    }
    return "?";
}

std::vector<Delivery> plan_deliveries(const Webhooks& hooks, std::uint64_t seed,
                                      SystemTime started) {
    SeededRng rng(seed);
    const Chosen chosen = choose_all(hooks, rng);
    std::vector<Delivery> plan;
    if (hooks.handshake) {
        plan.push_back(handshake(hooks, seed));
    }
    for (std::uint64_t number = 1; number <= hooks.events; ++number) {
        Delivery event;
        event.at = hooks.every * static_cast<std::int64_t>(number);
        event.event = event_id(hooks, seed, fmt::format("event {}", number));
        event.odd = chosen.odd.contains(number);
        event.lost = chosen.lost.contains(number);
        write_body(hooks, seed, number, started, event);
        plan.push_back(event);
        event.lost = false;
        if (chosen.twin.contains(number)) {
            event.copy = "twin";
            plan.push_back(event);
        }
        if (chosen.duplicate.contains(number)) {
            event.copy = "again";
            plan.push_back(event);
            plan.back().at += again_after;
        }
        for (const auto& [truth, places] : chosen.hostile) {
            if (places.contains(number)) {
                Delivery hostile;
                hostile.truth = truth;
                hostile.variant = number;
                hostile.at = event.at + hooks.every / 2;
                hostile.event =
                    event_id(hooks, seed, fmt::format("{} {}", to_string(truth), number));
                write_body(hooks, seed, number, started, hostile);
                plan.push_back(std::move(hostile));
            }
        }
    }
    return in_order(std::move(plan));
}

namespace {

struct Signed {
    std::string body;
    std::string signature;
    std::string timestamp;
};

Signed sign(const Webhooks& hooks, const Delivery& delivery, std::uint64_t seed, SystemTime now) {
    SystemTime date = now;
    date -= delivery.truth == Truth::stale ? off_by : Duration::zero();
    date += delivery.truth == Truth::future ? off_by : Duration::zero();
    const auto epoch = std::chrono::floor<std::chrono::seconds>(date).time_since_epoch().count();
    Signed made{.body = delivery.body, .signature = {}, .timestamp = std::to_string(epoch)};
    const auto name = hooks.from == "github" ? "github webhook secret" : "slack signing secret";
    const auto secret = delivery.truth == Truth::forged ? seed_secret(seed, "somebody else", "")
                                                        : seed_secret(seed, name, "");
    made.signature = hooks.from == "github" ? github_signature(secret, made.body)
                                            : slack_signature(secret, made.timestamp, made.body);
    if (delivery.truth == Truth::altered) {  // one byte, and it is still the same kind of document
        const auto place = made.body.find("main");
        made.body[place == std::string::npos ? made.body.find("event ") : place] = 'M';
    }
    return made;
}

}  // namespace

http::Request make_request(const Webhooks& hooks, const Delivery& delivery, const Attempt& attempt,
                           std::uint64_t seed, SystemTime now, const http::Url& base) {
    const Signed made = sign(hooks, delivery, seed, now);
    const bool shown = delivery.truth != Truth::without_signature;
    http::Request request("POST", base.with(hooks.path));
    request.header("content-type", "application/json");
    if (hooks.from == "github") {
        request.header("user-agent", "GitHub-Hookshot/044aadd");
        request.header("x-github-delivery", delivery.event);
        request.header("x-github-event", delivery.type);
        request.header("x-github-hook-id", "30");
        if (shown) {
            request.header("x-hub-signature-256", made.signature);
        } else if (delivery.variant % 3 == 1) {
            request.header("x-hub-signature-256", "");
        } else if (delivery.variant % 3 == 2) {  // the old scheme alone is not enough
            request.header(
                "x-hub-signature",
                "sha1=" + hmac_sha1_hex(seed_secret(seed, "github webhook secret", ""), made.body));
        }
    } else {
        request.header("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)");
        request.header("x-slack-request-timestamp", made.timestamp);
        if (shown) {
            request.header("x-slack-signature", made.signature);
        } else if (delivery.variant % 2 == 1) {
            request.header("x-slack-signature", "");
        }
        if (attempt.number > 1) {
            request.header("x-slack-retry-num", std::to_string(attempt.number - 1));
            request.header("x-slack-retry-reason", attempt.reason);
        }
    }
    request.body(made.body);
    return request;
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
