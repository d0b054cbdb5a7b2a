#include "apilab/sandbox/github/internal/call.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <charconv>
#include <system_error>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/github/bodies.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

constexpr std::string_view by_name = "/repos/{owner}/{repo}";
constexpr std::string_view by_number = "/repositories/{id}";

}  // namespace

http::Response reply(const Call& call, int status, const boost::json::value& body) {
    return http::Response::json(status,
                                with_base(boost::json::serialize(body), call.incoming.base_url));
}

http::Response created(const Call& call, const boost::json::object& body) {
    auto answer = reply(call, 201, body);
    if (const auto* url = body.if_contains("url"); url != nullptr && url->is_string()) {
        answer.header("location",
                      with_base(std::string(url->get_string()), call.incoming.base_url));
    }
    return answer;
}

http::Response not_found() {
    return error(404, "Not Found");
}

http::Response no_content() {
    return http::Response(204);
}

http::Response modified(http::Response answer, const std::string& time) {
    if (const auto at = http::parse_iso_time(time)) {
        answer.header("last-modified", http::format_http_date(*at));
    }
    return answer;
}

std::string rest_of(const Incoming& incoming) {
    std::string_view path = incoming.route->path_template;
    if (path.starts_with(by_name)) {
        path.remove_prefix(by_name.size());
    } else if (path.starts_with(by_number)) {
        path.remove_prefix(by_number.size());
    }
    std::string rest;
    while (!path.empty()) {
        const auto open = path.find('{');
        rest += path.substr(0, open);
        if (open == std::string_view::npos) {
            break;
        }
        const auto close = path.find('}', open);
        auto name = path.substr(open + 1, close - open - 1);
        const bool many = name.ends_with('+');
        name = many ? name.substr(0, name.size() - 1) : name;
        const auto value = path_value(incoming, std::string(name));
        rest += many ? encode_path(value) : http::percent_encode(value);
        path.remove_prefix(close + 1);
    }
    return rest;
}

std::string list_path(const Call& call) {
    return fmt::format("/repositories/{}{}", call.repository->id, rest_of(call.incoming));
}

std::int64_t path_number(const Incoming& incoming, const std::string& name) {
    const auto text = path_value(incoming, name);
    std::int64_t number = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    return wrong == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::string clean(std::string_view text) {
    return with_base(std::string(text), "\xef\xbf\xbd");
}

std::optional<std::string> text_member(http::Json body, std::string_view name) {
    const auto text = body[name].string();
    return text ? std::optional(clean(*text)) : std::nullopt;
}

http::Response not_supplied(std::string_view field, std::string_view documentation) {
    return error(422, fmt::format("Invalid request.\n\n\"{}\" wasn't supplied.", field),
                 documentation);
}

std::int64_t fresh_id(RepositoryState& state, std::string_view kind) {
    return number_of(kind, fmt::format("{} {}", state.name(), ++state.ids));
}

http::Response full() {
    return error(403, "The sandbox holds no more of these in one repository.");
}

}  // namespace apilab::sandbox::github
