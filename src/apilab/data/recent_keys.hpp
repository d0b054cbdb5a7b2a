#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace apilab::data {

/// 64 bits of SHA-256: the same on every machine and in every run.
[[nodiscard]] std::uint64_t hash_of(std::string_view text);

/// The newest keys, bounded.
class RecentKeys {
public:
    explicit RecentKeys(std::size_t max) : max_(max) {}

    /// False: it was there.
    bool add(std::uint64_t key);
    /// Takes back the one added last.
    void drop_newest();
    [[nodiscard]] bool contains(std::uint64_t key) const { return known_.contains(key); }
    [[nodiscard]] std::size_t size() const { return order_.size(); }
    [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }
    /// The newest `count`, oldest first.
    [[nodiscard]] std::vector<std::uint64_t> newest(std::size_t count) const;

private:
    std::size_t max_;
    std::unordered_set<std::uint64_t> known_;
    std::deque<std::uint64_t> order_;
    std::uint64_t forgotten_ = 0;
};

}  // namespace apilab::data
