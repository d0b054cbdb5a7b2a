#include "apilab/observe/har_import.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/message.hpp"
#include "apilab/observe/internal/json_fields.hpp"
#include "apilab/observe/story_json.hpp"
#include "apilab/observe/story_observer.hpp"

namespace apilab::observe {
namespace {

using internal::JsonFields;

// The year 2200, as for stories.
constexpr SystemTime started_max{std::chrono::seconds(7'258'118'400)};
constexpr double ms_max = 1e11;  // three years

Duration milliseconds(const JsonFields& fields, std::string_view name) {
    // -1: did not take place. Some write null.
    if (fields.json()[name].is_null()) {
        return {};
    }
    const auto ms = fields.number(name, -ms_max, ms_max);
    return ms > 0 ? Duration(std::llround(ms * 1e6)) : Duration::zero();
}

http::Headers headers_of(const JsonFields& fields, const HarLimits& limits) {
    http::Headers headers;
    fields.each("headers", limits.entries_max, [&](const JsonFields& header) {
        headers.add(header.text("name"), header.text("value"));
    });
    return headers;
}

SystemTime started_of(const JsonFields& entry) {
    const auto time = http::parse_iso_time(entry.text("startedDateTime"));
    if (!time || *time < SystemTime() || *time > started_max) {
        entry.wrong("startedDateTime", "expected a time like 2026-11-27T05:00:00.000Z");
        return {};
    }
    return *time;
}

http::Phases phases_of(const JsonFields& timings) {
    const auto tls = milliseconds(timings, "ssl");
    const auto connect = milliseconds(timings, "connect");
    return {.queue = milliseconds(timings, "blocked"),
            .resolve = milliseconds(timings, "dns"),
            .connect = std::max(Duration::zero(), connect - tls),
            .tls = tls,
            .send = milliseconds(timings, "send"),
            .first_byte = milliseconds(timings, "wait"),
            .receive = milliseconds(timings, "receive")};
}

std::string content_of(const JsonFields& content) {
    auto text = content.text("text");
    if (content.text("encoding") == "base64") {
        auto bytes = base64_decode(text);
        return bytes ? *std::move(bytes) : std::string();
    }
    return text;
}

Story story_of(const JsonFields& entry, const JsonFields& asked, const http::Url& url,
               std::size_t number, const HarLimits& limits) {
    const auto answer = entry.object("response");
    http::Request request(asked.text("method"), url);
    for (const auto& [name, value] : headers_of(asked, limits)) {
        request.header(name, value);
    }
    if (asked.has("postData")) {
        request.body(asked.object("postData").text("text"));
    }
    const auto status = static_cast<int>(answer.integer("status", -1, 999));
    const http::Response response(std::max(status, 0), content_of(answer.object("content")),
                                  headers_of(answer, limits));
    http::AttemptRecord attempt{.number = 1,
                                .elapsed = milliseconds(entry, "time"),
                                .phases = phases_of(entry.object("timings")),
                                .status = std::max(status, 0)};
    Story story{.started = started_of(entry),
                .record = {.id = fmt::format("har-{}", number),
                           .method = request.method(),
                           .url_template = url.path(),
                           .origin = url.origin(),
                           .effect = http::default_effect(request.method()),
                           .elapsed = attempt.elapsed,
                           .status = attempt.status}};
    if (status <= 0) {
        // Whether it was applied, nobody can tell from the file.
        attempt.error = story.record.error = ErrorKind::connection_lost;
        attempt.outcome = Outcome::unknown;
        attempt.error_message = "the file has no answer";
    }
    story.exchanges.push_back(
        shown_exchange(request, status > 0 ? &response : nullptr, limits.body_max));
    story.exchanges.back().reason = status > 0 ? answer.text("statusText") : "";
    story.record.attempts.push_back(std::move(attempt));
    return story;
}

// Those that we wrote ourselves, whole.
Result<std::vector<Story>> own_stories(const JsonFields& log, const HarLimits& limits) {
    std::vector<Story> stories;
    std::optional<Error> wrong;
    log.each("pages", limits.entries_max, [&](const JsonFields& page) {
        if (wrong || !page.has("_story")) {
            return;
        }
        auto story = parse_story(page.json()["_story"].to_text());
        if (!story) {
            wrong = std::move(story).error();
            return;
        }
        stories.push_back(*std::move(story));
    });
    if (wrong) {
        return fail((*std::move(wrong)).in("a page of a HAR"));
    }
    return stories;
}

}  // namespace

Result<std::vector<Story>> read_har(std::string_view text, const HarLimits& limits) {
    auto document = http::JsonDocument::parse(text, {.size_max = limits.size_max, .depth_max = 64});
    if (!document) {
        return fail(std::move(document).error().in("a HAR"));
    }
    std::optional<Error> error;
    const JsonFields root(document->root(), "", error);
    if (!root.has("log")) {
        root.wrong("log", "expected an object: this is no HAR");
    }
    const auto log = root.object("log");
    APILAB_TRY(auto stories, own_stories(log, limits));
    const bool own = !stories.empty();
    std::size_t number = 0;
    log.each("entries", limits.entries_max, [&](const JsonFields& entry) {
        ++number;
        const auto asked = entry.object("request");
        const auto text_of_url = asked.text("url");
        // A fragment is the browser's own and never sent.
        const auto url =
            http::Url::parse(std::string_view(text_of_url).substr(0, text_of_url.find('#')));
        if (url && !own) {
            stories.push_back(story_of(entry, asked, *url, number, limits));
        }
    });
    if (error) {
        return fail((*std::move(error)).in("a HAR"));
    }
    return stories;
}

}  // namespace apilab::observe
