#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "apilab/auth/client_authentication.hpp"
#include "apilab/auth/file_token_store.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "command.hpp"

namespace apilab::cli {

/// What `apilab auth` is told.
struct AuthFlags {
    /// The credential's name, here and in the store.
    std::string name;
    /// The folder of the store; empty: `APILAB_TOKENS`, else `apilab/tokens` in the user's state
    /// folder.
    std::string folder;
    std::string issuer;
    std::string client_id;
    /// As `secret_argument`; empty: a public client.
    std::string client_secret;
    /// `basic` or `post`.
    std::string method = "basic";
    std::string scope;
    /// On another device, without a browser here.
    bool device = false;
    /// In the client's own name, without a person.
    bool client_credentials = false;
    bool no_browser = false;
    /// `revoke`: only here, the server is not told.
    bool local = false;
};

/// Logs in and keeps what comes. Exit 4 where the server or the person refuses.
[[nodiscard]] Result<ExitCode> auth_login(const AuthFlags& flags, const Globals& globals);
/// What is there and how long it lives, never what it is. Exit 4 where one needs a person.
[[nodiscard]] Result<ExitCode> auth_status(const AuthFlags& flags, const Globals& globals);
/// Renews one now, as any process that shares it would.
[[nodiscard]] Result<ExitCode> auth_refresh(const AuthFlags& flags, const Globals& globals);
/// Ends one at its server, then forgets it.
[[nodiscard]] Result<ExitCode> auth_revoke(const AuthFlags& flags, const Globals& globals);

/// How a credential was come by, so that it can be renewed and revoked later. No secret is in it:
/// where the client's secret is, not what it is.
struct AuthProfile {
    std::string issuer;
    std::string token_url;
    /// Empty: the server has none.
    std::string revocation_url;
    std::string client_id;
    std::string client_secret;
    std::string method = "basic";
    std::string scope;
    bool client_credentials = false;

    /// Error: those of `secret_argument`.
    [[nodiscard]] Result<auth::ClientAuthentication> client() const;
};

/// Where tokens are kept: `flag` where it is named, else `APILAB_TOKENS`, else `apilab/tokens` in
/// the user's state folder. Nothing where none of these is set.
[[nodiscard]] std::optional<std::filesystem::path> token_folder(const std::string& flag = {});

/// The store and the profiles beside it (`NAME.profile`).
class AuthFolder {
public:
    /// Errors as `FileTokenStore::open`; `invalid_argument` where there is no folder to take.
    [[nodiscard]] static Result<AuthFolder> open(const AuthFlags& flags);

    [[nodiscard]] auth::FileTokenStore& store() { return *store_; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Error (`invalid_argument`): nobody has logged in under that name; no profile that this
    /// version can read (names the member).
    [[nodiscard]] Result<AuthProfile> profile(const std::string& name) const;
    [[nodiscard]] Result<void> keep(const std::string& name, const AuthProfile& profile) const;
    /// Tokens and profile.
    [[nodiscard]] Result<void> forget(const std::string& name);

private:
    AuthFolder(std::filesystem::path path, std::unique_ptr<auth::FileTokenStore> store)
        : path_(std::move(path)), store_(std::move(store)) {}
    std::filesystem::path path_;
    std::unique_ptr<auth::FileTokenStore> store_;
};

/// A client with everything below it, for one command.
struct AuthSession {
    runtime::RealScheduler scheduler;
    transport::AsioTransport transport{scheduler};
    SystemRng rng;
    std::unique_ptr<client::Client> client = *client::Client::create(scheduler, transport, rng);
};

}  // namespace apilab::cli
