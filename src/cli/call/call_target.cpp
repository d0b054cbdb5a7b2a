// Where a call goes: URLs as people type them, and providers by name.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/redact.hpp"
#include "call/call.hpp"
#include "source_urls.hpp"
#include "suggestion.hpp"

namespace apilab::cli {
namespace {

struct Provider {
    std::string_view name;
    /// Of `[urls]` and `APILAB_..._URL`.
    std::string_view key;
    /// What every path begins with.
    std::string_view prefix;
    /// Empty: it has none that everybody knows.
    std::string_view address;
    /// Of its profile.
    std::string_view profile;
};
constexpr std::array providers{
    Provider{"api", "api", "", "", ""},
    Provider{"github", "github", "", "https://api.github.com", "github"},
    Provider{"gmail", "google", "/gmail/v1", "https://gmail.googleapis.com", "google"},
    Provider{"google", "google", "", "https://www.googleapis.com", "google"},
    Provider{"notion", "notion", "/v1", "https://api.notion.com", "notion"},
    Provider{"npm", "npm", "", "", "npm"},
    Provider{"oauth", "oauth", "", "", ""},
    Provider{"osv", "osv", "", "https://api.osv.dev", "osv"},
    Provider{"slack", "slack", "/api", "https://slack.com", "slack"},
};

std::vector<std::string> provider_names() {
    std::vector<std::string> names;
    for (const auto& provider : providers) {
        names.emplace_back(provider.name);
    }
    return names;
}

// `slack:/chat.postMessage`, but not `http://...`.
bool is_shorthand(std::string_view text, std::size_t colon) {
    const auto word = text.substr(0, colon);
    return colon != std::string_view::npos && colon > 0 && text.substr(colon).starts_with(":/") &&
           !text.substr(colon).starts_with("://") && std::ranges::all_of(word, [](char c) {
               return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
           });
}

Result<CallTarget> provider_target(std::string_view word, std::string_view rest) {
    const auto* found = std::ranges::find(providers, word, &Provider::name);
    if (found == providers.end()) {
        const auto meant = closest(word, provider_names());
        return fail(Error(ErrorKind::invalid_argument, fmt::format("unknown provider '{}'", word))
                        .with_remedy(meant.empty()
                                         ? fmt::format("those with a name are {}",
                                                       fmt::join(provider_names(), ", "))
                                         : fmt::format("did you mean {}:{}?", meant, rest)));
    }
    APILAB_TRY(const auto place, provider_url(found->key, found->address));
    auto base = http::Url::parse(place.value);
    if (!base) {
        return fail(std::move(base).error().in(place.origin));
    }
    const auto mark = std::min(rest.find('?'), rest.size());
    std::string path(rest.substr(0, mark));
    if (!found->prefix.empty() && !path.starts_with(std::string(found->prefix) + "/")) {
        path.insert(0, found->prefix);
    }
    const auto query = rest.substr(std::min(mark + 1, rest.size()));
    return CallTarget{.url = base->with(path, query),
                      .provider = std::string(found->profile),
                      .of_project = place.of_project,
                      .source = place.origin};
}

bool has_scheme(std::string_view text) {
    const auto at = text.find("://");
    return at != std::string_view::npos && at > 0 &&
           std::ranges::all_of(text.substr(0, at), [](char c) {
               return ascii_alnum(c) || c == '+' || c == '-' || c == '.';
           });
}

bool this_machine(std::string_view text) {
    const auto host = text.substr(0, text.find_first_of("/?#"));
    return host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]");
}

// `:3000/path` and `/path` are of this machine, as with HTTPie.
std::string with_scheme(const std::string& text, const std::string& scheme) {
    if (has_scheme(text)) {
        return text;
    }
    if (text.starts_with('/') && !text.starts_with("//")) {
        return (scheme.empty() ? "http" : scheme) + "://localhost" + text;
    }
    if (text.starts_with(':') && !text.starts_with("::")) {
        const auto port = std::min(text.find_first_not_of("0123456789", 1), text.size());
        return (scheme.empty() ? "http" : scheme) + "://localhost" +
               (port > 1 ? text.substr(0, port) : "") + text.substr(port);
    }
    const std::string usual = this_machine(text) ? "http" : "https";
    return (scheme.empty() ? usual : scheme) + "://" + text;
}

// What stands in a URL stands in every process list.
Result<void> no_credentials_in(const http::Url& url) {
    for (std::string_view rest = url.query(); !rest.empty();) {
        const auto field = rest.substr(0, rest.find('&'));
        const auto name = http::percent_decode(field.substr(0, field.find('=')));
        if (names_a_credential(name) && field.size() > name.size() + 1) {
            return fail(
                Error(ErrorKind::invalid_argument,
                      fmt::format("the URL has a credential in its parameter '{}': it may "
                                  "not stand on a command line",
                                  name))
                    .with_remedy(fmt::format("leave it out there and write {}==env:NAME", name)));
        }
        rest.remove_prefix(std::min(field.size() + 1, rest.size()));
    }
    return {};
}

}  // namespace

std::string_view provider_address(std::string_view key) {
    const auto* found = std::ranges::find_if(providers, [key](const Provider& provider) {
        return provider.key == key && !provider.address.empty() && provider.name == key;
    });
    return found == providers.end() ? std::string_view() : found->address;
}

bool names_a_credential(std::string_view name) {
    static constexpr std::array harmless{
        "key", "code", "sig", "auth", "usercode", "devicecode", "verificationuricomplete"};
    std::string plain;
    for (const char c : ascii_lowered(name)) {
        if (ascii_alnum(c)) {
            plain += c;
        }
    }
    return http::names_a_secret(name) &&
           std::ranges::find(harmless, std::string_view(plain)) == harmless.end() &&
           !plain.contains("session") && !plain.contains("signature");
}

Result<CallTarget> call_target(const std::string& text, const std::string& scheme) {
    const auto colon = text.find(':');
    if (is_shorthand(text, colon)) {
        APILAB_TRY(auto target,
                   provider_target(ascii_lowered(text.substr(0, colon)), text.substr(colon + 1)));
        APILAB_CHECK(no_credentials_in(target.url));
        return target;
    }
    auto url = http::Url::parse(with_scheme(text, scheme));
    if (!url) {
        auto error = std::move(url).error();
        if (text.contains('@') &&
            text.find('@') <
                std::min(text.find_first_of("/?", text.find("://") + 3), text.size())) {
            error = std::move(error).with_remedy("write --auth USER:env:NAME");
        }
        return fail(std::move(error).in("the URL"));
    }
    APILAB_CHECK(no_credentials_in(*url));
    return CallTarget{.url = *std::move(url), .provider = {}, .source = {}};
}

}  // namespace apilab::cli
