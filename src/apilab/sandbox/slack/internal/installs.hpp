#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"
#include "apilab/sandbox/provider.hpp"
#include "apilab/sandbox/slack/internal/call.hpp"

namespace apilab::sandbox::slack {

/// Whose token a call has, and what it may do.
struct Access {
    enum class Kind : std::uint8_t { bot, user, app };
    Kind kind = Kind::bot;
    /// `bot-3`: what journal rows call it; empty for one that was not issued here.
    std::string name;
    /// The user that it stands for.
    std::string user;
    std::vector<std::string> scopes;
    /// When it ends; nothing: never.
    std::optional<SteadyTime> ends;

    [[nodiscard]] bool may(std::string_view any_of) const;
    /// `chat:write,channels:read`.
    [[nodiscard]] std::string scope_text() const;
};

/// An app that users can install.
struct App {
    std::string id;
    std::string secret;
    /// Its tokens end after twelve hours and are renewed.
    bool rotates = false;
};

/// What was installed: codes given at `/oauth/v2/authorize`, tokens given for them by
/// `oauth.v2.access`, and those of the seed. Bounded: the oldest go.
class Installs {
public:
    static constexpr std::size_t codes_max = 1000;
    static constexpr std::size_t tokens_max = 10'000;

    void add_app(App app);
    void add_token(const std::string& token, Access access);

    /// Forgets what was issued; what was added stays.
    void reset();
    /// Whose token it is, or the code it is refused with: `invalid_auth`, `token_expired`,
    /// `token_revoked`.
    [[nodiscard]] std::expected<const Access*, std::string> find(std::string_view token,
                                                                 SteadyTime now) const;
    /// Ends one by itself or by what rows call it; false where there is none.
    bool end(std::string_view token, std::string_view how);
    [[nodiscard]] bool issued(std::string_view token) const;

    /// The page where a user consents; here at once. 302 with a code, or a page for people.
    [[nodiscard]] http::Response authorize(const Incoming& incoming);
    /// `oauth.v2.access`: grants `authorization_code` (default) and `refresh_token`.
    [[nodiscard]] http::Response access(const Incoming& incoming, const Call& call);

private:
    struct Code {
        std::string app;
        std::string redirect;
        std::vector<std::string> scopes;
        std::vector<std::string> user_scopes;
        std::string challenge;
        SteadyTime ends;
    };
    struct Refresh {
        std::string app;
        Access access;
        /// The pair that it was given up for, good for a little while.
        std::optional<SteadyTime> used;
    };
    struct Issued {
        std::string token;
        std::string refresh;
    };
    [[nodiscard]] std::expected<const App*, std::string> who(const Incoming& incoming,
                                                             const Call& call) const;
    [[nodiscard]] Issued issue(const App& app, Access access, SteadyTime now);
    [[nodiscard]] http::Response by_code(const App& app, const Incoming& incoming,
                                         const Call& call);
    [[nodiscard]] http::Response by_refresh(const App& app, const Incoming& incoming,
                                            const Call& call);
    [[nodiscard]] std::string secret(std::string_view prefix);

    std::map<std::string, App, std::less<>> apps_;
    std::map<std::string, Access, std::less<>> tokens_;
    /// Tokens in the order of issuing.
    std::vector<std::string> order_;
    /// How each was ended: `expire` or `revoke`.
    std::map<std::string, std::string, std::less<>> ended_;
    std::map<std::string, Code, std::less<>> codes_;
    std::map<std::string, Refresh, std::less<>> refreshes_;
    std::uint64_t number_ = 0;
};

/// Every scope that a bot of the seed world has.
[[nodiscard]] std::vector<std::string> bot_scopes();

}  // namespace apilab::sandbox::slack
