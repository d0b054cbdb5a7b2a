#include "internal/addresses.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"

namespace exercise::internal {
namespace {

using apilab::http::Url;

constexpr std::string_view prefix = "APILAB_";
constexpr std::string_view suffix = "_URL";

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
}

Result<Url> url_in(const std::string& name, const std::string& value) {
    auto url = Url::parse(value);
    if (!url) {
        return apilab::fail(std::move(url).error().in("the environment variable " + name));
    }
    return url;
}

}  // namespace

Result<Addresses> Addresses::from(const std::string& base_url, const Environment& environment) {
    if (base_url != "env") {
        APILAB_TRY(auto base, Url::parse(base_url));
        return Addresses(std::move(base));
    }
    Addresses addresses;
    for (const auto& [name, value] : environment) {
        const bool is_url = name.starts_with(prefix) && name.ends_with(suffix);
        if (!is_url || name.size() <= prefix.size() + suffix.size()) {
            continue;
        }
        const auto provider =
            name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
        APILAB_TRY(auto url, url_in(name, value));
        addresses.providers_.emplace(apilab::ascii_lowered(provider), std::move(url));
    }
    return addresses;
}

Url Addresses::of(std::string_view path) const {
    const auto mark = std::min(path.find('?'), path.size());
    const auto query = path.substr(std::min(mark + 1, path.size()));
    path = path.substr(0, mark);
    if (base_) {
        return base_->with(path, query);
    }
    const auto end = std::min(path.find('/', 1), path.size());
    const auto provider = path.substr(1, end - 1);
    const auto found = providers_.find(provider);
    if (found == providers_.end()) {
        throw CannotStart(
            fmt::format("where is {}? The environment variable APILAB_{}_URL is not "
                        "set",
                        provider, upper(provider)));
    }
    return found->second.with(path.substr(end), query);
}

Result<std::optional<AdminAddress>> admin_address(const Environment& environment,
                                                  const Addresses& addresses) {
    const auto url = environment.find("APILAB_ADMIN_URL");
    const auto token = environment.find("APILAB_ADMIN_TOKEN");
    const auto api = environment.find("APILAB_API_URL");
    if (url == environment.end() || token == environment.end() || api == environment.end() ||
        addresses.of("/api").to_string() != api->second) {
        return std::nullopt;
    }
    APILAB_TRY(auto parsed, url_in(url->first, url->second));
    return AdminAddress{std::move(parsed), apilab::Secret(token->second)};
}

}  // namespace exercise::internal
