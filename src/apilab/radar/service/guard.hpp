#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/context.hpp"

namespace apilab::radar {

struct GuardOptions {
    /// Whoever asks from elsewhere shows it. Empty: only this machine is let in.
    Secret token;
    /// Names under which it may be asked for besides loopback's, in lower case and without port.
    std::vector<std::string> hosts;
    /// Then the token has to be shown again. 1 min to 30 days.
    Duration session_life = std::chrono::hours(12);
    /// Wrong tokens within a minute, all visitors together, before nobody's is looked at for the
    /// rest of it; sessions go on. 1 to 1,000.
    std::size_t wrong_max = 20;
};

/// Why a request is not answered, in words fit to be sent.
struct Refused {
    int status = 403;
    std::string why;
    /// What would be right.
    std::string remedy;
};

/// Somebody who may see the dashboard.
struct Visitor {
    enum class By : std::uint8_t {
        /// Asks from this machine, under one of its own names.
        loopback,
        /// Has shown the token before, and has a cookie.
        session,
        /// Shows the token with this request (`Authorization: Bearer ...`).
        token,
    };
    By by = By::loopback;
    /// The address that the connection came from.
    std::string peer;
    /// The signed value of the cookie; empty: there is none that counts.
    std::string session;
};
[[nodiscard]] std::string_view to_string(Visitor::By by);

/// Decides who may see the dashboard and who may act, by the request alone: no I/O, no clock.
///
/// - **DNS rebinding**: a page of somebody else whose own name was made to lead here shows that
///   name in `Host`; only loopback's names and `GuardOptions::hosts` are answered.
/// - **From elsewhere** is whoever does not come from loopback, or through a proxy (`Forwarded`,
///   `X-Forwarded-For`, `Via`, ...: `came_through_proxy`), or under another name than loopback's: a
///   token is needed, once, against a cookie (`HttpOnly`, `SameSite=Strict`), or with each request
///   as a bearer.
/// - **Data** is given to no page of another site (`Sec-Fetch-Site`, `Origin`).
/// - **Actions** come by POST with JSON from our own page (`Origin`, where there is none
///   `Sec-Fetch-Site`) with the CSRF token of their session. Who shows the token itself as a
///   bearer has proved to be no page of another site.
///
/// Sessions are signed and kept nowhere. With a token their key is made of it: they outlive a
/// restart and count at every replica, and another token ends them all. Tokens are compared in
/// constant time and are in no refusal.
///
///     auto visitor = guard.admit(request, context, Guard::Wants::action, now);
///     if (!visitor) { return refusal(visitor.error()); }
class Guard {
public:
    enum class Wants : std::uint8_t {
        /// Files that everybody may have: they hold no data.
        page,
        data,
        /// To show the token.
        entry,
        action,
    };

    /// `chance` makes keys and ids: a `SystemRng` in programs. It outlives the guard.
    Guard(GuardOptions options, Rng& chance);

    /// Statuses of a refusal: 421 (host), 403 (another site, CSRF, no token is set), 401 (no token,
    /// a wrong one), 415 (an action that is no JSON), 429 (too many wrong tokens).
    [[nodiscard]] std::expected<Visitor, Refused> admit(const http::Request& request,
                                                        const runtime::CallContext& context,
                                                        Wants wants, SystemTime now);

    /// What a visitor's page has to know to act, and the `set-cookie` where a session begins.
    struct Pass {
        Visitor visitor;
        std::string csrf;
        /// Empty: the one that there is goes on.
        std::string set_cookie;
    };
    /// For who was admitted to data: a session, where there is none yet. A bearer needs none.
    [[nodiscard]] Pass pass(const http::Request& request, const runtime::CallContext& context,
                            Visitor visitor, SystemTime now);
    /// For who was admitted to entry: compares the token, and begins a session.
    [[nodiscard]] std::expected<Pass, Refused> enter(const http::Request& request,
                                                     const runtime::CallContext& context,
                                                     const Secret& shown, SystemTime now);
    /// The `set-cookie` that ends a session at its browser.
    [[nodiscard]] static std::string farewell(const http::Request& request);

    /// What every answer of the dashboard says besides itself: a content security policy that lets
    /// in nothing but our own files, no sniffing, no referrer, no store, no other window.
    static void protect(http::Response& response);

private:
    struct Cookie;
    [[nodiscard]] bool right_host(const http::Request& request) const;
    [[nodiscard]] bool counts(const Secret& shown) const;
    [[nodiscard]] std::expected<void, Refused> look_at(const Secret& shown, SystemTime now);
    [[nodiscard]] std::expected<Visitor, Refused> identify(const http::Request& request,
                                                           const runtime::CallContext& context,
                                                           SystemTime now);
    [[nodiscard]] std::string session_of(const http::Request& request, bool local,
                                         SystemTime now) const;
    [[nodiscard]] std::string signature(std::string_view text) const;
    [[nodiscard]] std::string csrf_of(std::string_view session) const;
    [[nodiscard]] std::string begin(char kind, SystemTime now);
    [[nodiscard]] std::string cookie_for(const http::Request& request,
                                         const runtime::CallContext& context,
                                         std::string_view session) const;

    GuardOptions options_;
    Rng& chance_;
    Secret key_;
    SystemTime wrong_since_;
    std::size_t wrong_ = 0;
};

/// A name of loopback (`localhost`, `127.0.0.0/8`, `::1`), as `http::Url::host` has it.
[[nodiscard]] bool names_loopback(std::string_view host);
/// Is there a field that proxies add? Behind one, whoever asks is not on this machine.
[[nodiscard]] bool came_through_proxy(const http::Request& request);
/// An address of it, as a connection has it (`::ffff:127.0.0.1`, too).
[[nodiscard]] bool is_loopback_address(std::string_view address);
/// From this machine, under a name of it and through no proxy: a name of somebody else's may lead
/// here, too (DNS rebinding), and a proxy makes everybody look local.
[[nodiscard]] bool is_local(const http::Request& request, const runtime::CallContext& context);

}  // namespace apilab::radar
