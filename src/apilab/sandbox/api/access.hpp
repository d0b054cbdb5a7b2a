#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"

namespace apilab::sandbox::api {

/// Who may come in: fixed credentials of every world, those of this seed, API keys that are
/// replaced while a client runs, and sessions by cookie.
class Access {
public:
    /// How long the key before the newest is still taken after a rotation.
    static constexpr Duration old_key_life = std::chrono::seconds(60);
    /// A session without requests ends after this.
    static constexpr Duration idle_max = std::chrono::minutes(30);
    /// After so many requests a session gets a new id.
    static constexpr int requests_per_id = 50;
    /// So many more are taken with the id before it: the answer that brought the new one may have
    /// been lost.
    static constexpr int grace_requests = 10;

    explicit Access(std::uint64_t seed);

    struct Visitor {
        /// `key`, `basic`, `bearer`, `hmac` or `session`.
        std::string_view scheme;
        /// A cookie to set with the answer, or empty.
        std::string set_cookie;
        /// Of the session, from 1; else 0.
        int session = 0;
        /// The rotation that the key came from; 0 for the first.
        std::size_t key = 0;
    };
    /// What a request shows of itself. `refused` set: the answer 401 with its challenge.
    struct Shown {
        std::optional<Visitor> visitor;
        std::optional<http::Response> refused;
        /// A word for the journal: `expired_key`, `wrong_key`, `wrong_password`, `wrong_token`,
        /// `stale_session`, those of `HmacVerdict`, or empty.
        std::string_view why;
        /// The key stood in the query, where logs and proxies keep it.
        bool in_query = false;
    };

    /// `X-Api-Key`, or `api_key` in the query.
    [[nodiscard]] Shown by_key(const http::Request& request, SteadyTime now) const;
    /// RFC 7617.
    [[nodiscard]] Shown by_basic(const http::Request& request) const;
    /// RFC 6750.
    [[nodiscard]] Shown by_bearer(const http::Request& request) const;
    /// A signature (`check_hmac`) by the key `api`. A refusal says what was signed by our reading,
    /// and has a `date`, from which a client whose clock is wrong can learn.
    [[nodiscard]] Shown by_hmac(const http::Request& request, SystemTime now) const;
    /// The cookie `sid`. Counts the request.
    [[nodiscard]] Shown by_session(const http::Request& request, SteadyTime now);
    /// Whichever the request brings; nothing shown at all is no refusal.
    [[nodiscard]] Shown by_any(const http::Request& request, SteadyTime now);

    /// A session for this user and password, or nothing. `path`: what its cookie is for.
    [[nodiscard]] std::optional<Visitor> log_in(std::string_view user, std::string_view password,
                                                std::string_view path, bool secure, SteadyTime now);
    /// Ends the session that the request brings.
    void log_out(const http::Request& request);
    /// A new API key; the one before it is taken for `old_key_life` more.
    [[nodiscard]] std::string rotate_key(SteadyTime now);
    void reset();

private:
    struct Key {
        std::string value;
        /// Taken until then.
        SteadyTime until = SteadyTime::max();
    };
    struct Session {
        int number = 0;
        std::string id;
        /// The id before, while it is taken.
        std::string old_id;
        int old_uses_left = 0;
        int requests = 0;
        SteadyTime last_used;
        std::string cookie_end;
    };
    [[nodiscard]] Session* find_session(const http::Request& request);
    [[nodiscard]] std::string next_id();

    std::uint64_t seed_;
    std::vector<Key> keys_;
    std::vector<Session> sessions_;
    std::uint64_t ids_ = 0;
};

/// The value of a cookie of that name in the request, or empty.
[[nodiscard]] std::string_view cookie_of(const http::Request& request, std::string_view name);

}  // namespace apilab::sandbox::api
