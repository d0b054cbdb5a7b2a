#include "apilab/sandbox/record/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "apilab/base/scrubber.hpp"
#include "apilab/http/redact.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/journal.hpp"

namespace apilab::sandbox {

namespace json = boost::json;
using runtime::Task;

namespace {

constexpr std::string_view masked = "***";
constexpr std::string_view base_mark = "{base}";
constexpr std::size_t secret_min = 6;
constexpr std::size_t secrets_max = 1000;

// Of one connection, not of the message (RFC 9110 section 7.6.1), or framing.
bool is_of_the_hop(std::string_view name) {
    static constexpr std::array names{"connection",          "keep-alive", "proxy-authenticate",
                                      "proxy-authorization", "te",         "trailer",
                                      "transfer-encoding",   "upgrade",    "content-length",
                                      "content-encoding",    "host"};
    return std::ranges::any_of(names,
                               [&](std::string_view known) { return http::iequals(known, name); });
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
    return text;
}

void mask_members(json::value& value, int depth) {
    constexpr int depth_max = 64;
    if (depth > depth_max) {
        return;
    }
    if (auto* object = value.if_object()) {
        for (auto& [name, member] : *object) {
            if (http::names_a_secret(name) && (member.is_string() || member.is_number())) {
                member = masked;
            } else {
                mask_members(member, depth + 1);
            }
        }
    } else if (auto* array = value.if_array()) {
        for (auto& element : *array) {
            mask_members(element, depth + 1);
        }
    }
}

// A body is kept byte by byte unless something in it has to be masked.
std::string without_secret_members(const std::string& body, std::string_view type) {
    if (!type.contains("json")) {
        return body;
    }
    boost::system::error_code wrong;
    auto value = json::parse(body, wrong);
    if (wrong) {
        return body;
    }
    auto changed = value;
    mask_members(changed, 0);
    return changed == value ? body : json::serialize(changed);
}

std::string masked_query(std::string_view query) {
    std::string text;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto pair = query.substr(0, end);
        const auto name = pair.substr(0, pair.find('='));
        text += text.empty() ? "" : "&";
        if (http::names_a_secret(http::percent_decode(name)) && pair.size() > name.size()) {
            text += fmt::format("{}={}", name, masked);
        } else {
            text += pair;
        }
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return text;
}

}  // namespace

Recorder::Recorder(transport::Transport& way, http::Url upstream, std::string name)
    : way_(way), upstream_(std::move(upstream)) {
    recording_.name = std::move(name);
    recording_.upstream = base();
}

std::string Recorder::base() const {
    return upstream_.origin() + (upstream_.path() == "/" ? "" : upstream_.path());
}

void Recorder::learn_secrets(const http::Request& request) {
    const auto learn = [&](std::string_view value) {
        if (value.size() >= secret_min && secrets_.size() < secrets_max) {
            secrets_.emplace(value);
        }
    };
    for (const auto& [name, value] : request.headers()) {
        if (secret_header(name) || http::names_a_secret(name)) {
            learn(value);
            // `Bearer x`, `sid=x`: the part that is secret may stand alone elsewhere.
            const std::string_view text = value;
            learn(text.substr(std::min(text.find_last_of(" =") + 1, text.size())));
        }
    }
}

std::string Recorder::scrubbed(std::string text) const {
    for (const auto& secret : secrets_) {
        text = replaced(std::move(text), secret, masked);
    }
    Scrubber::of_process().scrub(text);
    return replaced(std::move(text), base(), base_mark);
}

void Recorder::keep(const http::Request& request, const http::Response& response) {
    if (recording_.exchanges.size() == Recording::exchanges_max ||
        response.body().size() > body_max ||
        bytes_ + response.body().size() > Recording::bytes_max) {
        ++left_out_;
        return;
    }
    RecordedExchange kept{.method = request.method(),
                          .path = scrubbed(request.url().path()),
                          .query = scrubbed(masked_query(request.url().query())),
                          .body_sha256 = request.body().empty()
                                             ? std::string()
                                             : internal::sha256_hex(request.body()),
                          .status = response.status(),
                          .headers = {},
                          .body = {}};
    for (const auto& [name, value] : response.headers()) {
        if (!is_of_the_hop(name) && !secret_header(name) && !http::names_a_secret(name)) {
            kept.headers.add(name, scrubbed(value));
        }
    }
    kept.body =
        scrubbed(without_secret_members(response.body(), response.headers().value("content-type")));
    bytes_ += kept.body.size();
    recording_.exchanges.push_back(std::move(kept));
}

Task<Result<http::Response>> Recorder::call(http::Request request,
                                            runtime::CallContext /*context*/) {
    learn_secrets(request);
    const std::string here = request.url().origin();
    const auto& path = request.url().path();
    auto target = http::Url::parse(fmt::format(
        "{}{}{}{}", base(), path, request.url().query().empty() ? "" : "?", request.url().query()));
    if (!target) {
        co_return internal::problem(400, "bad target", target.error().message());
    }
    http::Request onward(request.method(), *std::move(target));
    for (const auto& [name, value] : request.headers()) {
        if (!is_of_the_hop(name) && !http::iequals(name, "accept-encoding")) {
            onward.headers().add(name, value);
        }
    }
    onward.body(request.body());
    auto answer = co_await way_.call(std::move(onward), {});
    if (!answer) {
        co_return internal::problem(502, "the upstream did not answer", answer.error().message());
    }
    keep(request, *answer);
    http::Response back(answer->status(), replaced(answer->body(), base(), here));
    for (const auto& [name, value] : answer->headers()) {
        if (!is_of_the_hop(name)) {
            back.headers().add(name, replaced(value, base(), here));
        }
    }
    co_return back;
}

}  // namespace apilab::sandbox
