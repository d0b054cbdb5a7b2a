#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/journal.hpp"

namespace apilab::sandbox::webhook {

/// What became of every event that was delivered to the program: the senders' side against the
/// effects it had (`POST /effects`). Senders whose every delivery was answered with 404 are left
/// out: the program does not take them. Refers to the rows it was read from.
class Ledger {
public:
    struct Entry {
        /// `genuine`, `forged`, ...
        std::string_view truth;
        /// Handshakes ask for an answer and have no effect.
        bool handshake = false;
        /// Of a type that nobody has heard of: nothing is to come of it.
        bool quiet = false;
        /// One of the states of an object: not everybody keeps those.
        bool of_object = false;
        /// A later state of its object had been told.
        bool late = false;
        /// So big that it may be refused.
        bool huge = false;
        /// What the program's own bot said: nothing is to come of it.
        bool own = false;
        /// Told by a subscription (`DeliveryHub`): what a program does then is its own affair.
        bool by_hub = false;
        /// In the order of sending.
        std::vector<const Outbound*> deliveries;
        /// Effects that were applied.
        std::vector<const Exchange*> effects;

        [[nodiscard]] bool genuine() const { return truth == "genuine" && !handshake && !quiet; }
        /// Must something come of it?
        [[nodiscard]] bool wants_effect() const {
            return genuine() && !of_object && !huge && !own && !by_hub;
        }
        /// Was it ever answered with 2xx?
        [[nodiscard]] bool accepted() const;
        /// Is there a delivery with this fact?
        [[nodiscard]] bool has(std::string_view fact, std::string_view value) const;
    };

    [[nodiscard]] static Ledger read(const std::deque<Outbound>& outbound,
                                     const std::deque<Exchange>& rows);

    [[nodiscard]] const std::map<std::string, Entry, std::less<>>& entries() const {
        return entries_;
    }
    /// How often the program was killed.
    [[nodiscard]] std::size_t kills() const { return kills_; }

    /// `events` (genuine ones), `effects` (applied, whatever for), `forged applied` (effects of
    /// what was not genuine), `doubled` (effects of genuine events beyond the first), `lost`
    /// (genuine events without one that had to have one). Nothing where no webhook was sent.
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const;

private:
    std::map<std::string, Entry, std::less<>> entries_;
    std::size_t kills_ = 0;
};

/// A fact of a row, or an empty view.
[[nodiscard]] std::string_view fact(const std::map<std::string, std::string>& facts,
                                    const std::string& name);

}  // namespace apilab::sandbox::webhook
