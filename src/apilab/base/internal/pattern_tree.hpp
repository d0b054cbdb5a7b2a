#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace apilab::internal {

/// Many texts looked for at once, one step a byte (Aho and Corasick, "Efficient string matching",
/// CACM 18, 1975): linear time whatever the texts and the input are, which hashing of prefixes is
/// not, and about 20 bytes for each byte of the texts, since a node holds its children as a list.
/// The texts are wiped with it.
class PatternTree {
public:
    /// Where one is after some bytes; 0 at the beginning.
    using State = std::uint32_t;

    PatternTree() = default;
    PatternTree(const PatternTree&) = delete;
    PatternTree& operator=(const PatternTree&) = delete;
    ~PatternTree();

    /// Before `finish`. `owner` is what `owner_at` tells; of equal patterns the first one's.
    void add(std::string_view pattern, std::uint32_t owner);
    void finish();

    [[nodiscard]] State next(State state, unsigned char byte) const {
        while (state != 0) {
            if (const State child = child_of(state, byte); child != 0) {
                return child;
            }
            state = nodes_[state].fail;
        }
        return root_[byte];
    }
    /// How many bytes at the end of what was read may be the beginning of a pattern that goes on.
    [[nodiscard]] std::size_t depth(State state) const { return nodes_[state].open; }
    /// The length of the longest pattern that ends here; 0: none does.
    [[nodiscard]] std::size_t match(State state) const { return nodes_[state].match; }
    [[nodiscard]] std::uint32_t owner_at(State state) const { return nodes_[state].owner; }
    [[nodiscard]] std::size_t longest() const { return longest_; }
    [[nodiscard]] bool empty() const { return nodes_.size() == 1; }

private:
    struct Node {
        State child = 0;
        State sibling = 0;
        /// The longest other beginning of a pattern that ends as this one does.
        State fail = 0;
        std::uint32_t owner = 0;
        std::uint16_t depth = 0;
        std::uint16_t open = 0;
        std::uint16_t match = 0;
        unsigned char byte = 0;
    };
    [[nodiscard]] State child_of(State state, unsigned char byte) const {
        State child = nodes_[state].child;
        while (child != 0 && nodes_[child].byte != byte) {
            child = nodes_[child].sibling;
        }
        return child;
    }

    std::vector<Node> nodes_{1};
    std::array<State, 256> root_{};
    std::size_t longest_ = 0;
};

}  // namespace apilab::internal
