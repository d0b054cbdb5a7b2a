#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/message.hpp"

namespace apilab::sandbox::api {

/// What was done under each idempotency key (draft-ietf-httpapi-idempotency-key-header, and as
/// Stripe does it): one effect per key, the same answer to each repetition of it.
class KeyLedger {
public:
    /// How long the answer of an operation is being written down after its effect; a repetition in
    /// that time is told to come again.
    static constexpr Duration busy = std::chrono::milliseconds(100);
    static constexpr std::size_t key_max = 255;
    static constexpr std::size_t keys_max = 100'000;

    enum class Answer : std::uint8_t {
        /// Not seen before: do it, then `keep` its answer.
        fresh,
        /// The same key and body; `kept` is the first answer.
        replay,
        /// The same, but the first is not over.
        in_progress,
        /// The key belongs to another body.
        mismatch,
    };
    struct Seen {
        Answer answer = Answer::fresh;
        const http::Response* kept = nullptr;
    };
    /// `body` in full; only its hash is kept.
    [[nodiscard]] Seen look(const std::string& key, std::string_view body, SteadyTime now) const;
    /// Of `keys_max` keys the oldest goes.
    void keep(const std::string& key, std::string_view body, http::Response answer, SteadyTime now);
    void clear();

private:
    struct Entry {
        std::string body_sha256;
        http::Response answer;
        SteadyTime ready;
    };
    std::map<std::string, Entry> entries_;
    std::map<std::uint64_t, std::string> by_age_;
    std::uint64_t next_place_ = 0;
};

/// An order of the shop: what a client must place exactly once.
struct Order {
    std::int64_t number = 0;
    /// The client's own name for it, which the shop does not check for being unique.
    std::string reference;
    std::string sku;
    std::int64_t quantity = 1;
    SystemTime created;

    /// `ord_000017`.
    [[nodiscard]] std::string id() const;
    [[nodiscard]] std::string to_text() const;
};

/// The orders that were placed. At most 100,000.
class Orders {
public:
    /// Places `{"reference", "sku", "quantity"}` (quantity 1 to 100, default 1): 201 with the order
    /// and `Location`, or 422 with a problem document.
    [[nodiscard]] http::Response place(http::Json fields, std::string_view base_url,
                                       SystemTime now);
    /// 200 or 404.
    [[nodiscard]] http::Response get(std::string_view id) const;
    /// `{"orders", "total"}`, newest first, at most `limit`; only those of a reference where it is
    /// not empty.
    [[nodiscard]] http::Response list(std::string_view reference, std::size_t limit) const;
    [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(orders_.size()); }
    /// Orders beyond the first of each reference.
    [[nodiscard]] std::int64_t doubled() const;
    void clear() { orders_.clear(); }

private:
    std::vector<Order> orders_;
};

}  // namespace apilab::sandbox::api
