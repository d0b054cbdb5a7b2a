#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/internal/pattern_tree.hpp"

namespace apilab::internal {

/// Bytes of a text, `[from, to)`, that show a value.
struct SecretPlace {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint32_t owner = 0;
};

/// Ways of writing a text in which characters stand for others.
enum class Escapes : std::uint8_t {
    /// `%2f`, `%2F` (RFC 3986).
    percent,
    /// The same, and `+` for a space (`application/x-www-form-urlencoded`).
    form,
    /// `\/`, `\n`, `\u002f`, surrogate pairs (RFC 8259 section 7); and `\x2f`.
    backslash,
};

/// Reads a text byte by byte, as it stands and with the escapes undone, and tells where patterns
/// are. `tree` outlives it.
class SecretMatcher {
public:
    /// The first byte that it will read is number `begin`.
    explicit SecretMatcher(const PatternTree& tree, std::uint64_t begin = 0);

    void read(std::string_view text);
    /// The text is over: an escape that was begun is none.
    void finish();
    /// From here on bytes may turn out to belong to a pattern that is not complete yet.
    [[nodiscard]] std::uint64_t undecided() const;
    /// What was found, in the order of its ends; the reader takes it away.
    std::vector<SecretPlace>& places() { return places_; }

private:
    // The text with one kind of escapes undone. As long as it is no different from the text as it
    // stands (`apart` is false), nothing needs to be done for it.
    struct Reading {
        Escapes escapes;
        bool apart = false;
        PatternTree::State state = 0;
        std::string pending;  // an escape that has begun
        std::uint64_t count = 0;
        std::vector<std::uint64_t> starts;  // of the newest bytes read: a ring
    };

    void leave_for(char c);
    void leave(Reading& reading);
    void read(Reading& reading, unsigned char byte);
    void drain(Reading& reading, bool at_end);
    void take(Reading& reading, unsigned char byte, std::uint64_t from, std::uint64_t to);
    void join(Reading& reading) const;
    [[nodiscard]] std::uint64_t start_of(const Reading& reading) const;

    const PatternTree& tree_;
    std::uint64_t offset_;
    PatternTree::State state_ = 0;
    std::array<Reading, 3> readings_;
    bool any_apart_ = false;
    std::size_t ring_;
    std::vector<SecretPlace> places_;
};

}  // namespace apilab::internal
