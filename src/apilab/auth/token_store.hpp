#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/auth/token_set.hpp"
#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::auth {

/// What a store keeps of one credential.
struct StoredTokens {
    TokenSet tokens;
    /// When they came, by the wall clock: the only one that another process shares.
    SystemTime obtained;
    /// Counts how often they were renewed; the newer set has the higher number.
    std::uint64_t generation = 0;
    /// The fingerprint of the refresh token that a program was configured with when it made this
    /// entry; empty: none. Another one in the configuration means that somebody consented again,
    /// and then this entry is of the past.
    std::string seed;
    /// Nothing more can be had with these: what the server said (`invalid_grant`). Empty: they are
    /// good. Whoever reads it asks nobody, and a new login writes over it.
    std::string refusal;
};

/// Keeps tokens where other processes find them, one entry a name. Calls block the thread for as
/// long as a small file needs. An object belongs to one thread; several objects, in several
/// processes too, may work on the same place.
///
/// Who renews does it between `try_lock` and the lock's end: lock, load (somebody may have been
/// here), ask the server, save, let go. With refresh tokens that work once anything less loses a
/// session (RFC 9700 section 4.14).
///
/// A name has 1 to 64 characters of `A-Z a-z 0-9 . _ -` and does not begin with a dot. Errors of
/// all: `invalid_argument` for another name or for an entry that this version cannot read or that
/// others may read (mode other than 0600); such an entry is never written over by `save` alone:
/// `erase` it first. `io` for what the system refuses.
class TokenStore {
public:
    /// Held until it is destroyed; where its process dies it ends.
    class Lock {
    public:
        Lock() = default;
        Lock(const Lock&) = delete;
        Lock& operator=(const Lock&) = delete;
        virtual ~Lock() = default;
    };

    TokenStore() = default;
    TokenStore(const TokenStore&) = delete;
    TokenStore& operator=(const TokenStore&) = delete;
    virtual ~TokenStore() = default;

    /// Nothing: there is no entry of that name.
    [[nodiscard]] virtual Result<std::optional<StoredTokens>> load(std::string_view name) = 0;
    /// On the disk when it returns; a reader sees the old entry or the new one.
    [[nodiscard]] virtual Result<void> save(std::string_view name, const StoredTokens& tokens) = 0;
    /// Also where there is none, or none that can be read.
    [[nodiscard]] virtual Result<void> erase(std::string_view name) = 0;
    /// All names, sorted.
    [[nodiscard]] virtual Result<std::vector<std::string>> names() = 0;
    /// The right to renew this entry, among all processes. Null: somebody else has it. Never waits.
    [[nodiscard]] virtual Result<std::unique_ptr<Lock>> try_lock(std::string_view name) = 0;
};

/// May an entry of a store have this name? Error: `invalid_argument`.
[[nodiscard]] Result<void> check_token_name(std::string_view name);

}  // namespace apilab::auth
