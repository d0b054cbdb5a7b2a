#include "apilab/base/internal/pattern_tree.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace apilab::internal {

PatternTree::~PatternTree() {
    OPENSSL_cleanse(nodes_.data(), nodes_.size() * sizeof(Node));
}

void PatternTree::add(std::string_view pattern, std::uint32_t owner) {
    State state = 0;
    for (const char c : pattern) {
        const auto byte = static_cast<unsigned char>(c);
        State child = state == 0 ? root_[byte] : child_of(state, byte);
        if (child == 0) {
            child = static_cast<State>(nodes_.size());
            Node node;
            node.byte = byte;
            node.depth = static_cast<std::uint16_t>(nodes_[state].depth + 1);
            if (state == 0) {
                root_[byte] = child;
            } else {
                node.sibling = nodes_[state].child;
                nodes_[state].child = child;
            }
            nodes_.push_back(node);
        }
        state = child;
    }
    if (nodes_[state].match == 0) {
        nodes_[state].match = nodes_[state].depth;
        nodes_[state].owner = owner;
    }
    longest_ = std::max(longest_, pattern.size());
}

void PatternTree::finish() {
    std::vector<State> queue;  // in the order of their depth
    for (const State child : root_) {
        if (child != 0) {
            queue.push_back(child);
        }
    }
    for (std::size_t i = 0; i < queue.size(); ++i) {
        Node& here = nodes_[queue[i]];
        here.open = here.child != 0 ? here.depth : nodes_[here.fail].open;
        for (State child = nodes_[queue[i]].child; child != 0; child = nodes_[child].sibling) {
            Node& node = nodes_[child];
            node.fail = next(nodes_[queue[i]].fail, node.byte);
            const Node& shorter = nodes_[node.fail];
            if (node.match == 0 && shorter.match != 0) {
                node.match = shorter.match;
                node.owner = shorter.owner;
            }
            queue.push_back(child);
        }
    }
}

}  // namespace apilab::internal
