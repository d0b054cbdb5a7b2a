#include "apilab/sandbox/record/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apilab/sandbox/internal/admin_json.hpp"
#include "apilab/sandbox/internal/digest.hpp"

namespace apilab::sandbox {

namespace {

http::Effect effect_of(std::string_view method) {
    if (method == "GET" || method == "HEAD" || method == "OPTIONS") {
        return http::Effect::read;
    }
    return method == "PUT" || method == "DELETE" ? http::Effect::idempotent : http::Effect::write;
}

// `get_users_1`, with a number behind where two would be the same.
std::string operation_name(std::string_view method, std::string_view path,
                           const std::set<std::string>& taken) {
    constexpr std::size_t name_max = 60;
    std::string name;
    for (const char c : fmt::format("{}{}", method, path)) {
        const bool upper = c >= 'A' && c <= 'Z';
        const bool keep = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        name += upper ? static_cast<char>(c - 'A' + 'a') : keep ? c : '_';
    }
    name.resize(std::min(name.size(), name_max));
    std::string unique = name;
    for (int i = 2; taken.contains(unique); ++i) {
        unique = fmt::format("{}_{}", name, i);
    }
    return unique;
}

// A brace of a recorded path is no place of a template.
std::string as_template(const std::string& path) {
    std::string text;
    for (const char c : path) {
        text += c == '{' ? "%7B" : c == '}' ? "%7D" : std::string(1, c);
    }
    return text;
}

std::string with_base(std::string text, std::string_view base) {
    constexpr std::string_view mark = "{base}";
    for (auto at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + base.size())) {
        text.replace(at, mark.size(), base);
    }
    return text;
}

}  // namespace

ReplayProvider::ReplayProvider(Recording recording) : recording_(std::move(recording)) {
    std::map<std::pair<std::string, std::string>, std::string> known;
    std::set<std::string> taken;
    for (const auto& exchange : recording_.exchanges) {
        auto& operation = known[{exchange.method, exchange.path}];
        if (operation.empty()) {
            operation = operation_name(exchange.method, exchange.path, taken);
            taken.insert(operation);
            routes_.push_back({.method = exchange.method,
                               .path_template = as_template(exchange.path),
                               .operation = operation,
                               .effect = effect_of(exchange.method)});
        }
        exchanges_[operation].push_back(&exchange);
    }
}

http::Response ReplayProvider::answer(const Incoming& incoming) {
    const auto& all = exchanges_.at(incoming.route->operation);
    const auto& request = *incoming.request;
    const auto hash = request.body().empty() ? std::string() : internal::sha256_hex(request.body());
    std::vector<const RecordedExchange*> meant;
    const auto choose = [&](auto&& fits) {
        if (meant.empty()) {
            std::ranges::copy_if(all, std::back_inserter(meant),
                                 [&](const auto* exchange) { return fits(*exchange); });
        }
    };
    choose([&](const RecordedExchange& exchange) {
        return exchange.query == request.url().query() && exchange.body_sha256 == hash;
    });
    choose(
        [&](const RecordedExchange& exchange) { return exchange.query == request.url().query(); });
    choose([](const RecordedExchange& /*exchange*/) { return true; });
    auto& given = given_[fmt::format("{} {} {}", incoming.route->operation, meant.front()->query,
                                     meant.front()->body_sha256)];
    const auto& exchange = *meant[std::min(given, meant.size() - 1)];
    ++given;
    http::Response answer(exchange.status, with_base(exchange.body, incoming.base_url));
    for (const auto& [name, value] : exchange.headers) {
        answer.headers().add(name, with_base(value, incoming.base_url));
    }
    return answer;
}

http::Response ReplayProvider::unknown_path(const http::Request& request) const {
    return internal::problem(
        404, "not recorded",
        fmt::format("{} {} was not recorded", request.method(), request.url().path()));
}

http::Response ReplayProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    const int status = refusal.status != 0 ? refusal.status : 429;
    auto answer = internal::problem(status, http::reason_phrase(status), "a fault says so");
    if (!refusal.retry_after.empty()) {
        answer.header("retry-after", refusal.retry_after);
    }
    return answer;
}

FidelityCard ReplayProvider::fidelity() const {
    return {.copied = {fmt::format("{} recorded exchanges, in their order",
                                   recording_.exchanges.size())},
            .not_copied = {"Whatever was not recorded; nothing is stateful."},
            .differs = {"Errors that a fault asks for are problem documents."},
            .sources = {recording_.upstream}};
}

}  // namespace apilab::sandbox
