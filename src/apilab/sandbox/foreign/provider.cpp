#include "apilab/sandbox/foreign/provider.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "apilab/http/redact.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::foreign {
namespace {

constexpr int hops_max = 100;

const std::array<Route, 7> table{{
    {"GET", "/", "arrive_at_root"},
    {"GET", "/hop/{n}", "hop"},
    {"GET", "/{path+}", "arrive"},
    {"POST", "/{path+}", "arrive_with_post", http::Effect::write},
    {"PUT", "/{path+}", "arrive_with_put", http::Effect::idempotent},
    {"PATCH", "/{path+}", "arrive_with_patch", http::Effect::write},
    {"DELETE", "/{path+}", "arrive_with_delete", http::Effect::idempotent},
}};

bool is_credential(std::string_view field) {
    return field == "authorization" || field == "cookie" || field == "proxy-authorization" ||
           http::names_a_secret(field);
}

std::string carried_by(const http::Request& request) {
    std::string names;
    for (const auto& [field, value] : request.headers()) {
        std::string name;
        for (const char c : field) {
            name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
        if (is_credential(name)) {
            names += (names.empty() ? "" : " ") + name;
        }
    }
    return names;
}

}  // namespace

std::span<const Route> ForeignProvider::routes() const {
    return table;
}

void ForeignProvider::describe(const Incoming& incoming) const {
    incoming.note("carried", carried_by(*incoming.request));
}

http::Response ForeignProvider::answer(const Incoming& incoming) {
    ++requests_;
    with_credentials_ += carried_by(*incoming.request).empty() ? 0 : 1;
    if (incoming.route->operation != "hop") {
        return http::Response::json(200, R"({"arrived":true})");
    }
    const auto text = path_value(incoming, "n");
    int left = 0;
    std::from_chars(text.data(), text.data() + text.size(), left);
    http::Response answer(302);
    answer.header("location", left > 1 && left <= hops_max
                                  ? fmt::format("{}/hop/{}", incoming.base_url, left - 1)
                                  : incoming.base_url + "/landing");
    return answer;
}

http::Response ForeignProvider::unknown_path(const http::Request& /*request*/) const {
    return http::Response::json(405, R"({"arrived":true})");
}

http::Response ForeignProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    return http::Response::json(refusal.status != 0 ? refusal.status : 503, "{}");
}

void ForeignProvider::reset() {
    requests_ = 0;
    with_credentials_ = 0;
}

std::map<std::string, std::int64_t> ForeignProvider::numbers() const {
    return {{"foreign requests", requests_},
            {"foreign requests with credentials", with_credentials_}};
}

}  // namespace apilab::sandbox::foreign
