#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/environment.hpp"
#include "apilab/http/url.hpp"
#include "internal/box.hpp"

namespace exercise::internal {

using apilab::Environment;

/// Where a program's paths lead: `/npm/lodash` to the path `/lodash` of wherever npm is.
class Addresses {
public:
    /// All of them below one address, as in a sandbox.
    explicit Addresses(apilab::http::Url base) : base_(std::move(base)) {}
    /// What `--base-url` says: an address, or `env`: `APILAB_NPM_URL`, `APILAB_SLACK_URL` and so
    /// on, which a sandbox's `apilab sandbox env` prints and which may as well be the real APIs'.
    /// Errors: `invalid_argument` naming the variable.
    [[nodiscard]] static Result<Addresses> from(const std::string& base_url,
                                                const Environment& environment);

    /// The path starts with the provider and may have a query. Throws `CannotStart` where nobody
    /// said where that provider is.
    [[nodiscard]] apilab::http::Url of(std::string_view path) const;

private:
    Addresses() = default;
    std::optional<apilab::http::Url> base_;
    std::map<std::string, apilab::http::Url, std::less<>> providers_;
};

/// The admin port of the sandbox that the addresses lead to, where the environment is that of
/// `apilab sandbox env`; nothing for any other place, whose journal nobody here can read. Error:
/// `invalid_argument` for an address that is none.
[[nodiscard]] Result<std::optional<AdminAddress>> admin_address(const Environment& environment,
                                                                const Addresses& addresses);

}  // namespace exercise::internal
