#include "apilab/sandbox/webhook/letter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/webhook/dialect.hpp"
#include "apilab/sandbox/webhook/sign.hpp"

namespace apilab::sandbox::webhook {
namespace {

constexpr Duration off_by = std::chrono::minutes(6);
constexpr std::size_t huge_size = std::size_t{5} << 20U;

// Everything that is written the same way for all senders: body, date and keys.
struct Draft {
    std::string body;
    std::string timestamp;
    /// What the signature is made for; not always what is sent.
    std::string id;
    std::vector<std::string> keys;
};

// A secret of the same form that nobody gave out.
std::string somebody_elses(std::string_view secret) {
    constexpr std::size_t digits = 24;
    auto other = internal::sha256_hex(fmt::format("somebody else {}", secret));
    if (secret.starts_with("whsk_")) {
        return standard_private_key(std::string_view(other).substr(0, 32));
    }
    other.resize(digits);
    return from_base64(secret.substr(secret.starts_with("whsec_") ? 6 : 0))
               ? "whsec_" + internal::base64(other)
               : other;
}

// One byte, and it is still the same kind of document with the same id.
void alter(std::string& body) {
    for (const std::string_view word : {"main", "event "}) {
        if (const auto place = body.find(word); place != std::string::npos) {
            body[place] = 'M';
            return;
        }
    }
    const auto last = body.rfind(":\"");  // an id comes first, where there is one
    if (last != std::string::npos && last + 2 < body.size() && body[last + 2] != '"') {
        body[last + 2] = body[last + 2] == 'M' ? 'N' : 'M';
    } else {
        body += ' ';
    }
}

std::string in_form(std::string_view text) {
    std::string form = "payload=";
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '*';
        if (plain) {
            form += c;
        } else if (c == ' ') {
            form += '+';
        } else {
            form += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return form;
}

Draft draft(const Letter& letter, const Attempt& attempt, SystemTime now) {
    SystemTime date = now;
    date -= letter.truth == Truth::stale ? off_by : Duration::zero();
    date += letter.truth == Truth::future ? off_by : Duration::zero();
    const auto epoch = std::chrono::floor<std::chrono::seconds>(date).time_since_epoch().count();
    Draft made{.body = letter.body,
               .timestamp = std::to_string(epoch),
               .id = letter.id,
               .keys = letter.secrets};
    if (letter.huge && made.body.starts_with('{')) {
        made.body.insert(1, fmt::format(R"("padding":"{}",)", std::string(huge_size, 'x')));
    }
    if (letter.from == "notion" && attempt.number > 1) {
        constexpr std::string_view first = R"("attempt_number":1)";
        if (const auto place = made.body.rfind(first); place != std::string::npos) {
            made.body.replace(place, first.size(),
                              fmt::format(R"("attempt_number":{})", attempt.number));
        }
    }
    if (letter.form && letter.from == "github") {
        made.body = in_form(made.body);
    }
    if (letter.truth == Truth::forged) {
        if (letter.from == "standard" && letter.variant % 2 == 0) {
            made.id += "x";
        } else {
            std::ranges::transform(made.keys, made.keys.begin(), somebody_elses);
        }
    }
    return made;
}

// The ways of having none: no header, an empty one (1), one of a scheme that proves nothing (2).
void no_signature(const Letter& letter, const Draft& made, http::Request& request) {
    const auto way = letter.variant % 3;
    const std::string key = made.keys.empty() ? "" : made.keys.front();
    if (letter.from == "github") {
        if (way == 1) {
            request.header("x-hub-signature-256", "");
        } else if (way == 2) {  // the old scheme alone is not enough
            request.header("x-hub-signature", "sha1=" + hmac_sha1_hex(key, made.body));
        }
    } else if (letter.from == "slack") {
        request.header("x-slack-request-timestamp", made.timestamp);
        if (letter.variant % 2 == 1) {
            request.header("x-slack-signature", "");
        }
    } else if (letter.from == "stripe") {
        if (way == 1) {
            request.header("stripe-signature", "");
        } else if (way == 2) {  // meant for tests of Stripe's own
            request.header("stripe-signature",
                           fmt::format("t={},v0={}", made.timestamp,
                                       stripe_signature(key, made.timestamp, made.body)));
        }
    } else if (letter.from == "notion") {
        if (way == 1) {
            request.header("x-notion-signature", "");
        }
    } else if (way == 1) {
        request.header("webhook-signature", "");
    } else if (way == 2) {
        request.header("webhook-signature", "v1,");
    }
}

void sign(const Letter& letter, const Draft& made, http::Request& request) {
    if (made.keys.empty()) {
        return;
    }
    const std::string& key = made.keys.front();
    if (letter.from == "github") {
        request.header("x-hub-signature", "sha1=" + hmac_sha1_hex(key, made.body));
        request.header("x-hub-signature-256", github_signature(key, made.body));
    } else if (letter.from == "slack") {
        request.header("x-slack-request-timestamp", made.timestamp);
        request.header("x-slack-signature", slack_signature(key, made.timestamp, made.body));
    } else if (letter.from == "notion") {
        request.header("x-notion-signature", notion_signature(key, made.body));
    } else if (letter.from == "stripe") {
        std::string all = "t=" + made.timestamp;
        for (const auto& each : made.keys) {
            all += ",v1=" + stripe_signature(each, made.timestamp, made.body);
        }
        request.header("stripe-signature", std::move(all));
    } else {
        std::string all;
        for (const auto& each : made.keys) {
            all += all.empty() ? "" : " ";
            all += standard_signature(each, made.id, made.timestamp, made.body).value_or("");
        }
        request.header("webhook-signature", std::move(all));
    }
}

void head(const Letter& letter, const Attempt& attempt, const Draft& made, http::Request& request) {
    request.header("content-type", "application/json");
    if (letter.from == "github") {
        request.header("accept", "*/*");
        request.header("user-agent", "GitHub-Hookshot/044aadd");
        request.header("x-github-delivery", letter.id);
        request.header("x-github-event", letter.type);
        request.header("x-github-hook-id", letter.hook);
        request.header("x-github-hook-installation-target-id", "1296269");
        request.header("x-github-hook-installation-target-type", "repository");
        if (letter.form) {
            request.header("content-type", "application/x-www-form-urlencoded");
        }
    } else if (letter.from == "slack") {
        request.header("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)");
        if (attempt.number > 1) {
            request.header("x-slack-retry-num", std::to_string(attempt.number - 1));
            request.header("x-slack-retry-reason", attempt.reason);
        }
    } else if (letter.from == "stripe") {
        request.header("content-type", "application/json; charset=utf-8");
        request.header("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
    } else if (letter.from == "standard") {
        request.header("user-agent", "Standard-Webhooks/1.0");
        request.header("webhook-id", letter.id);
        request.header("webhook-timestamp", made.timestamp);
    } else {
        request.header("user-agent", "notion-api");
    }
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
        case Truth::retired:
            return "retired";
    }
    return "?";
}

http::Request write_letter(const Letter& letter, const Attempt& attempt, SystemTime now,
                           http::Url url) {
    Draft made = draft(letter, attempt, now);
    http::Request request("POST", std::move(url));
    head(letter, attempt, made, request);
    if (letter.truth == Truth::without_signature) {
        no_signature(letter, made, request);
    } else {
        sign(letter, made, request);
    }
    if (letter.truth == Truth::altered) {
        alter(made.body);
    }
    request.body(std::move(made.body));
    return request;
}

}  // namespace apilab::sandbox::webhook
