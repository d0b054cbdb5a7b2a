// Where `apilab auth` keeps tokens, and how each was come by.

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <system_error>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "auth/auth.hpp"
#include "environment.hpp"
#include "secret_argument.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t profile_max = std::size_t{64} << 10U;

fs::path profile_file(const fs::path& folder, const std::string& name) {
    return folder / (name + ".profile");
}

}  // namespace

std::optional<fs::path> token_folder(const std::string& flag) {
    if (!flag.empty()) {
        return flag;
    }
    if (const auto tokens = environment("APILAB_TOKENS")) {
        return *tokens;
    }
    if (const auto state = environment("XDG_STATE_HOME")) {
        return fs::path(*state) / "apilab" / "tokens";
    }
    if (const auto home = environment("HOME")) {
        return fs::path(*home) / ".local" / "state" / "apilab" / "tokens";
    }
    return std::nullopt;
}

Result<auth::ClientAuthentication> AuthProfile::client() const {
    using Method = auth::ClientAuthentication::Method;
    auth::ClientAuthentication made{.method = Method::none, .client_id = client_id};
    if (!client_secret.empty()) {
        made.method = method == "post" ? Method::post : Method::basic;
        auto secret = secret_argument(client_secret);
        if (!secret) {
            return fail(std::move(secret).error().in("the client's secret"));
        }
        made.client_secret = *std::move(secret);
    }
    return made;
}

Result<AuthFolder> AuthFolder::open(const AuthFlags& flags) {
    auto folder = token_folder(flags.folder);
    if (!folder) {
        return fail(Error(ErrorKind::invalid_argument, "there is no folder for tokens")
                        .with_remedy("set --tokens, APILAB_TOKENS or HOME"));
    }
    APILAB_TRY(auto store, auth::FileTokenStore::open(*folder));
    return AuthFolder(*std::move(folder), std::move(store));
}

Result<AuthProfile> AuthFolder::profile(const std::string& name) const {
    APILAB_CHECK(auth::check_token_name(name));
    const auto file = profile_file(path_, name);
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{}: nobody has logged in under that name", name))
                        .with_remedy("apilab auth login, or apilab auth status for what there is"));
    }
    APILAB_TRY(const auto text, read_file(file, profile_max));
    const auto document = http::JsonDocument::parse(text, {.depth_max = 4});
    const auto root = document ? document->root() : http::Json();
    const auto member = [&](std::string_view key) { return std::string(root[key].string_or("")); };
    AuthProfile profile{.issuer = member("issuer"),
                        .token_url = member("token_url"),
                        .revocation_url = member("revocation_url"),
                        .client_id = member("client_id"),
                        .client_secret = member("client_secret"),
                        .method = member("method"),
                        .scope = member("scope"),
                        .client_credentials = root["client_credentials"].boolean().value_or(false)};
    if (!http::Url::parse(profile.token_url) || profile.client_id.empty()) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{}: no profile with token_url and client_id", file.string()))
                        .with_remedy("log in again"));
    }
    return profile;
}

Result<void> AuthFolder::keep(const std::string& name, const AuthProfile& profile) const {
    APILAB_CHECK(auth::check_token_name(name));
    const boost::json::object object{{"issuer", profile.issuer},
                                     {"token_url", profile.token_url},
                                     {"revocation_url", profile.revocation_url},
                                     {"client_id", profile.client_id},
                                     {"client_secret", profile.client_secret},
                                     {"method", profile.method},
                                     {"scope", profile.scope},
                                     {"client_credentials", profile.client_credentials}};
    return write_file_atomically(profile_file(path_, name), boost::json::serialize(object) + "\n");
}

Result<void> AuthFolder::forget(const std::string& name) {
    APILAB_CHECK(store_->erase(name));
    std::error_code code;
    fs::remove(profile_file(path_, name), code);
    if (code) {
        return fail(ErrorKind::io, fmt::format("{}: {}", name, code.message()));
    }
    return {};
}

}  // namespace apilab::cli
