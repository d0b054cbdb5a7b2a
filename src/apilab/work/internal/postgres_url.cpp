#include "apilab/work/internal/postgres_url.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>

namespace apilab::work::internal {
namespace {

// What tells neither where the database is nor how to get in.
constexpr std::array harmless{std::string_view("application_name"),
                              std::string_view("channel_binding"),
                              std::string_view("client_encoding"),
                              std::string_view("connect_timeout"),
                              std::string_view("gssencmode"),
                              std::string_view("keepalives"),
                              std::string_view("keepalives_count"),
                              std::string_view("keepalives_idle"),
                              std::string_view("keepalives_interval"),
                              std::string_view("port"),
                              std::string_view("ssl_max_protocol_version"),
                              std::string_view("ssl_min_protocol_version"),
                              std::string_view("sslmode"),
                              std::string_view("target_session_attrs"),
                              std::string_view("tcp_user_timeout")};

// Shorter ones are hidden only where libpq quotes them: a user `a` would tear every text apart.
constexpr std::size_t bare_min = 4;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), with);
        at += with.size();
    }
}

// `connection to server at "db" (10.0.0.7), port 5432 failed: ` goes, whatever stands in it.
void drop_server(std::string& line) {
    constexpr std::string_view begin = "connection to server ";
    constexpr std::string_view end = " failed: ";
    const auto from = line.find(begin);
    const auto to = from == std::string::npos ? from : line.find(end, from);
    if (to != std::string::npos) {
        line.erase(from, to + end.size() - from);
    }
}

}  // namespace

Result<PostgresUrl> PostgresUrl::parse(const Secret& url) {
    const auto text = url.reveal();
    const auto refused = [](std::string_view why) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("the URL of the PostgreSQL store {}", why))
                        .with_detail("url")
                        .with_remedy("postgres://USER:PASSWORD@HOST:PORT/DATABASE, with % escapes "
                                     "for what is special in a URL"));
    };
    if (!text.starts_with("postgres://") && !text.starts_with("postgresql://")) {
        return refused("does not begin with postgres://");
    }
    if (text.find('\0') != std::string_view::npos) {
        return refused("holds a NUL");
    }
    char* problem = nullptr;
    // Of a Secret's std::string, so that a NUL stands behind it: no copy is left in the memory.
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(text.data(), &problem), &PQconninfoFree);
    PQfreemem(problem);
    if (options == nullptr) {
        return refused("cannot be read (an unknown parameter, or a wrong % escape?)");
    }
    PostgresUrl parsed;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr || *option->val == '\0') {
            continue;
        }
        parsed.parameters_.emplace_back(option->keyword, Secret(option->val));
        if (std::ranges::find(harmless, option->keyword) == harmless.end()) {
            parsed.hidden_.emplace_back(option->val);
        }
    }
    // A longer value may hold a shorter one.
    std::ranges::sort(parsed.hidden_, std::ranges::greater{},
                      [](const Secret& value) { return value.reveal().size(); });
    return parsed;
}

void PostgresUrl::set_default(std::string_view keyword, std::string value) {
    if (std::ranges::find(parameters_, keyword, [](const auto& one) { return one.first; }) ==
        parameters_.end()) {
        parameters_.emplace_back(keyword, Secret(std::move(value)));
    }
}

void PostgresUrl::set(std::string_view keyword, std::string value) {
    std::erase_if(parameters_, [&](const auto& one) { return one.first == keyword; });
    parameters_.emplace_back(keyword, Secret(std::move(value)));
}

std::string PostgresUrl::told(std::string_view message) const {
    std::string all;
    while (!message.empty()) {
        const auto end = std::min(message.find('\n'), message.size());
        std::string line(message.substr(0, end));
        message.remove_prefix(std::min(end + 1, message.size()));
        drop_server(line);
        const auto text = line.find_first_not_of(" \t\r");
        if (text != std::string::npos) {
            all += fmt::format("{}{}", all.empty() ? "" : "; ", line.substr(text));
        }
    }
    for (const Secret& value : hidden_) {
        replace_all(all, fmt::format("\"{}\"", value.reveal()), "***");
        if (value.reveal().size() >= bare_min) {
            replace_all(all, value.reveal(), "***");
        }
    }
    constexpr std::size_t message_max = 500;
    all.resize(std::min(all.size(), message_max));
    return all;
}

}  // namespace apilab::work::internal
