#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "apilab/sandbox/api/access.hpp"
#include "apilab/sandbox/api/documents.hpp"
#include "apilab/sandbox/api/items.hpp"
#include "apilab/sandbox/api/limited.hpp"
#include "apilab/sandbox/api/orders.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::api {

/// A shop's API of our own making, for what has no one famous provider: sessions, safe writes,
/// credentials, pages.
///
/// - `POST /session` with `{"user", "password"}` sets the cookies `sid` (for the whole API) and
///   `theme` (for `/ui` below it only); `GET` says who one is, `DELETE` ends it. Every 50th request
///   of a session brings a new `sid`; the one before is taken ten more times.
/// - `/orders` needs a session. `POST` honours `Idempotency-Key`: one effect per key, the first
///   answer again with `Idempotent-Replayed: true`, 409 while the first is being written down (100
///   ms; with `Retry-After`), 422 for another body under the key, 400 for a key beyond 255 bytes.
/// - `/auth/key`, `/auth/basic`, `/auth/bearer` take one scheme each; a key in the query
///   (`api_key`) is taken too, though no client should. `POST /keys/rotate` with the key replaces
///   it; the old one is taken for 60 s more. `/auth/hmac` takes signed requests (`check_hmac`),
///   GET and POST, with a date at most 5 min from the sandbox's.
///   `/auth/key-header` refuses a key in the query (400).
/// - `/items` in every kind of pages (see `PageKind`) and with filters (see `list_items`), without
///   credentials; wrong ones are refused. Items can be created, changed and removed with any.
///   `POST /items/search` and `POST /graphql` ask with a body.
/// - `/limited/{dialect}` has ten answers in ten seconds, and says so in that dialect (`Limited`).
/// - `/openapi.json` describes all that (OpenAPI 3.1), from the table of routes.
/// - `/documents` are read, changed and written back whole (see `Documents`).
///
/// Accepted are the key `api_stub`, the user `ada` with `api_password_stub`, the token
/// `api_bearer_stub`, the signing key `api_signing_stub` by the id `api`, and those of the seed
/// (`seed_credentials`). Errors are problem documents (RFC 9457) with a `code`.
///
/// There is nothing real to be faithful to; the idempotency rules are those of the IETF draft and
/// of Stripe, cookies those of RFC 6265, challenges those of RFC 9110 section 11.
class ApiProvider final : public Provider {
public:
    explicit ApiProvider(std::uint64_t seed = 1);

    [[nodiscard]] std::string_view name() const override { return "api"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    /// By credential.
    [[nodiscard]] std::string limit_bucket(const Incoming& incoming) const override;
    /// 1, of a list 2, of a write 5.
    [[nodiscard]] std::int64_t limit_cost(const Incoming& incoming) const override;
    [[nodiscard]] const PageShape* pages_of(std::string_view operation) const override;
    [[nodiscard]] std::optional<http::Response> expired_page(
        const Incoming& incoming) const override;
    [[nodiscard]] FidelityCard fidelity() const override;
    void set_items(std::size_t items) override { items_.set_size(items); }
    void reset() override;
    /// `orders`, `orders doubled`, `documents damaged`, `logins`, `answers 401`.
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const override;

private:
    [[nodiscard]] http::Response dispatch(const Incoming& incoming);
    [[nodiscard]] http::Response log_in(const Incoming& incoming);
    [[nodiscard]] http::Response of_session(const Incoming& incoming);
    [[nodiscard]] http::Response of_orders(const Incoming& incoming);
    [[nodiscard]] http::Response place_order(const Incoming& incoming);
    [[nodiscard]] http::Response of_auth(const Incoming& incoming);
    [[nodiscard]] http::Response of_items(const Incoming& incoming);
    [[nodiscard]] http::Response write_item(const Incoming& incoming);

    Access access_;
    Items items_;
    Documents documents_;
    Limited limited_;
    Orders orders_;
    KeyLedger keys_;
    std::int64_t logins_ = 0;
    std::int64_t refused_ = 0;
};

}  // namespace apilab::sandbox::api
