#include "apilab/shared/redis_url.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "apilab/base/try.hpp"

namespace apilab::shared {
namespace {

constexpr std::string_view scheme = "redis://";
constexpr std::string_view socket = "unix:";
constexpr int databases_max = 1'000'000;

Error bad(std::string_view what) {
    return Error(ErrorKind::invalid_argument, "the address of Redis: " + std::string(what))
        .with_detail("redis")
        .with_remedy("write redis://:PASSWORD@HOST:PORT/DATABASE, or unix:PATH");
}

std::optional<int> number(std::string_view text, int max) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > max) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        int value = 0;
        const auto digits = text.substr(i + 1, 2);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) {
            return std::nullopt;
        }
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

Result<void> read_credentials(std::string_view text, RedisUrl& url) {
    const auto colon = text.find(':');
    const auto user = decoded(text.substr(0, colon));
    const auto password =
        colon == std::string_view::npos ? std::nullopt : decoded(text.substr(colon + 1));
    if (!user || !password) {
        return fail(bad("user and password are USER:PASSWORD, percent-encoded"));
    }
    url.user = *user;
    url.password = Secret(*password);
    return {};
}

Result<void> read_place(std::string_view text, RedisUrl& url) {
    const bool bracket = text.starts_with('[');
    const auto end = bracket ? text.find(']') : text.rfind(':');
    if (bracket && end == std::string_view::npos) {
        return fail(bad("an address in brackets without their end"));
    }
    url.host = bracket ? text.substr(1, end - 1) : text.substr(0, end);
    const auto rest = end == std::string_view::npos ? "" : text.substr(end + (bracket ? 1 : 0));
    if (!rest.empty()) {
        const auto port = rest.starts_with(':') ? number(rest.substr(1), 65'535) : std::nullopt;
        if (!port || *port == 0) {
            return fail(bad("the port is 1 to 65535"));
        }
        url.port = static_cast<std::uint16_t>(*port);
    }
    if (url.host.empty()) {
        return fail(bad("there is no host"));
    }
    return {};
}

}  // namespace

Result<RedisUrl> RedisUrl::parse(const Secret& text) {
    std::string_view rest = text.reveal();
    RedisUrl url;
    if (rest.starts_with(socket) && rest.size() > socket.size()) {
        url.path = rest.substr(socket.size());
        return url;
    }
    if (!rest.starts_with(scheme)) {
        return fail(bad(rest.starts_with("rediss://") ? "TLS is not spoken here"
                                                      : "it does not begin with redis://"));
    }
    rest.remove_prefix(scheme.size());
    const auto slash = rest.find('/');
    if (slash != std::string_view::npos && slash + 1 < rest.size()) {
        const auto database = number(rest.substr(slash + 1), databases_max);
        if (!database) {
            return fail(bad("the database is a number"));
        }
        url.database = *database;
    }
    rest = rest.substr(0, slash);
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
        APILAB_CHECK(read_credentials(rest.substr(0, at), url));
        rest.remove_prefix(at + 1);
    }
    APILAB_CHECK(read_place(rest, url));
    return url;
}

std::string RedisUrl::describe() const {
    if (!path.empty()) {
        return std::string(socket) + path;
    }
    const bool v6 = host.contains(':');
    return std::string(scheme) + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/" +
           std::to_string(database);
}

}  // namespace apilab::shared
