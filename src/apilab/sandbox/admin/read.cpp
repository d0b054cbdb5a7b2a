#include "apilab/sandbox/admin/internal/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"
#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox::admin {

std::optional<std::string_view> Call::param(std::string_view name) const {
    for (const auto& [key, value] : query) {
        if (key == name) {
            return value;
        }
    }
    return std::nullopt;
}

std::unexpected<Error> bad_parameter(std::string_view name, std::string_view message) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: {}", name, message))
                    .with_detail("?" + std::string(name)));
}

http::Response refuse(const Error& error) {
    if (error.detail().starts_with('?')) {
        return internal::problem(422, "wrong input", error.message(), "parameter",
                                 error.detail().substr(1));
    }
    return internal::problem_of(error);
}

Result<std::uint64_t> read_number(std::string_view name, std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) {
        return bad_parameter(name, "expected a whole number");
    }
    return value;
}

Result<bool> read_flag(std::string_view name, std::string_view text) {
    if (text != "true" && text != "false") {
        return bad_parameter(name, "expected true or false");
    }
    return text == "true";
}

Result<JournalFilter> read_filter(const Call& call, std::string_view other) {
    JournalFilter filter;
    for (const auto& [name, value] : call.query) {
        if (name == "provider") {
            filter.provider = value;
        } else if (name == "operation") {
            filter.operation = value;
        } else if (name == "method") {
            filter.method = value;
        } else if (name == "path") {
            filter.path = value;
        } else if (name == "status") {
            APILAB_TRY(const auto status, read_number(name, value));
            filter.statuses = {static_cast<int>(std::min<std::uint64_t>(status, 999))};
        } else if (name == "faulted") {
            APILAB_TRY(filter.faulted_only, read_flag(name, value));
        } else if (name == "after") {
            APILAB_TRY(filter.after, read_number(name, value));
        } else if (name == "limit") {
            APILAB_TRY(filter.limit, read_number(name, value));
        } else if (other.empty() || name != other) {
            return bad_parameter(name,
                                 "unknown; known are provider, operation, method, path, status, "
                                 "faulted, after, limit");
        }
    }
    return filter;
}

namespace {

Result<std::map<std::string, std::string>> read_strings(http::Json object,
                                                        const std::string& pointer) {
    std::map<std::string, std::string> values;
    if (!object.missing() && !object.is_object()) {
        return internal::bad_field(pointer, "expected an object of strings");
    }
    for (const auto& [name, value] : object.members()) {
        APILAB_TRY(values[std::string(name)],
                   internal::read_string(value, internal::below(pointer, name)));
    }
    return values;
}

Result<std::vector<int>> read_statuses(http::Json json) {
    std::vector<int> statuses;
    const auto one = [&](http::Json value, const std::string& pointer) -> Result<void> {
        APILAB_TRY(const auto status, internal::read_integer(value, pointer, 0, 999));
        statuses.push_back(static_cast<int>(status));
        return {};
    };
    if (!json.is_array()) {
        APILAB_CHECK(one(json, "/status"));
        return statuses;
    }
    for (const auto value : json.elements()) {
        APILAB_CHECK(one(value, fmt::format("/status/{}", statuses.size())));
    }
    return statuses;
}

}  // namespace

Result<JournalFilter> read_filter_body(std::string_view body) {
    std::optional<http::JsonDocument> keep;
    APILAB_TRY(const auto root, read_body(body, keep));
    APILAB_CHECK(internal::only_keys(
        root, "",
        {"provider", "operation", "method", "path", "status", "faulted", "unsupported", "query",
         "headers", "facts", "body_sha256", "key", "after", "limit"}));
    JournalFilter filter;
    for (const auto& [name, to] :
         {std::pair("provider", &filter.provider), std::pair("operation", &filter.operation),
          std::pair("method", &filter.method), std::pair("path", &filter.path),
          std::pair("body_sha256", &filter.body_sha256), std::pair("key", &filter.key)}) {
        if (const auto value = root[name]; !value.missing()) {
            APILAB_TRY(*to, internal::read_string(value, fmt::format("/{}", name)));
        }
    }
    for (const auto& [name, to] : {std::pair("faulted", &filter.faulted_only),
                                   std::pair("unsupported", &filter.unsupported_only)}) {
        if (const auto value = root[name]; !value.missing()) {
            APILAB_TRY(*to, internal::read_boolean(value, fmt::format("/{}", name)));
        }
    }
    for (const auto& [name, to] :
         {std::pair("query", &filter.query), std::pair("headers", &filter.headers),
          std::pair("facts", &filter.facts)}) {
        APILAB_TRY(*to, read_strings(root[name], fmt::format("/{}", name)));
    }
    if (const auto value = root["status"]; !value.missing()) {
        APILAB_TRY(filter.statuses, read_statuses(value));
    }
    if (const auto value = root["after"]; !value.missing()) {
        APILAB_TRY(filter.after, internal::read_integer(value, "/after", 0, INT64_MAX));
    }
    if (const auto value = root["limit"]; !value.missing()) {
        APILAB_TRY(filter.limit, internal::read_integer(value, "/limit", 0, INT64_MAX));
    }
    return filter;
}

Result<JudgeOptions> read_judge_options(const Call& call) {
    JudgeOptions options;
    for (const auto& [name, value] : call.query) {
        if (name == "strict") {
            APILAB_TRY(options.strict, read_flag(name, value));
        } else if (name == "deadline") {
            const auto deadline = parse_duration(value);
            if (!deadline) {
                return bad_parameter(name, "expected a duration with its unit, such as 10s");
            }
            options.deadline = *deadline;
        } else {
            return bad_parameter(name, "unknown; known are strict, deadline");
        }
    }
    return options;
}

Result<http::Json> read_body(std::string_view body, std::optional<http::JsonDocument>& keep) {
    auto document = http::JsonDocument::parse(body, {.size_max = body_max, .depth_max = 16});
    if (!document) {
        return internal::bad_field("", document.error().message());
    }
    keep.emplace(*std::move(document));
    return keep->root();
}

http::Response with_type(std::string body, std::string type) {
    http::Response response(200, std::move(body));
    response.header("content-type", std::move(type));
    return response;
}

}  // namespace apilab::sandbox::admin
