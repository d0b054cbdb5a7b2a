#include "apilab/transport/proxy.hpp"

#include <fmt/format.h>

#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/try.hpp"

namespace apilab::transport {
namespace {

std::unexpected<Error> refuse(std::string message, std::string remedy) {
    return fail(Error(ErrorKind::invalid_argument, std::move(message))
                    .with_detail("proxy")
                    .with_remedy(std::move(remedy)));
}

struct Variable {
    std::string name;
    std::string_view value;
};

// The first of the names that has a value.
std::optional<Variable> first_of(const Environment& environment,
                                 std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        const auto found = environment.find(name);
        if (found != environment.end() && !found->second.empty()) {
            return Variable{std::string(name), found->second};
        }
    }
    return std::nullopt;
}

Result<std::optional<Proxy>> proxy_of(const std::optional<Variable>& variable) {
    if (!variable) {
        return std::nullopt;
    }
    auto proxy = Proxy::parse(variable->value);
    if (!proxy) {
        return fail(std::move(proxy).error().in(variable->name));
    }
    return *std::move(proxy);
}

}  // namespace

Result<Proxy> Proxy::parse(std::string_view text) {
    constexpr std::string_view separator = "://";
    if (const auto at = text.find(separator); at != std::string_view::npos) {
        if (ascii_lowered(text.substr(0, at)) != "http") {
            return refuse("a proxy is reached by a scheme other than http",
                          "give an HTTP proxy, as http://host:port; proxies reached by TLS and "
                          "SOCKS are not supported");
        }
        text.remove_prefix(at + separator.size());
    }
    std::string user;
    Secret password;
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        const auto info = text.substr(0, at);
        const auto colon = info.find(':');
        user = http::percent_decode(info.substr(0, colon));
        if (colon != std::string_view::npos) {
            password = Secret(http::percent_decode(info.substr(colon + 1)));
        }
        text.remove_prefix(at + 1);
    }
    auto url = http::Url::parse("http://" + std::string(text));
    if (!url || url->path() != "/" || !url->query().empty() || text.contains('#')) {
        return refuse("a proxy is not of the form [http://][user:password@]host[:port]",
                      "check host and port; percent-encode what is special in user and password");
    }
    // RFC 7617: a colon would move the border between the two.
    if (user.contains(':') || (user.empty() && !password.empty())) {
        return refuse("a proxy's user is empty or holds a colon", "Basic cannot carry it");
    }
    return Proxy{.url = *std::move(url), .user = std::move(user), .password = std::move(password)};
}

Secret Proxy::authorization() const {
    if (user.empty()) {
        return Secret();
    }
    return Secret("Basic " + base64_encode(user + ":" + std::string(password.reveal())));
}

Result<ProxyOptions> ProxyOptions::from_environment(const Environment& environment) {
    ProxyOptions options;
    APILAB_TRY(options.http,
               proxy_of(first_of(environment, {"http_proxy", "all_proxy", "ALL_PROXY"})));
    APILAB_TRY(
        options.https,
        proxy_of(first_of(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})));
    if (const auto variable = first_of(environment, {"no_proxy", "NO_PROXY"})) {
        auto no_proxy = NoProxy::parse(variable->value);
        if (!no_proxy) {
            return fail(std::move(no_proxy).error().in(variable->name));
        }
        options.no_proxy = *std::move(no_proxy);
    }
    return options;
}

const Proxy* ProxyOptions::proxy_for(const http::Url& url) const {
    const auto& proxy = url.secure() ? https : http;
    return proxy && !no_proxy.matches(url.host(), url.port()) ? &*proxy : nullptr;
}

}  // namespace apilab::transport
