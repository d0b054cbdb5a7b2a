#include "apilab/data/recent_keys.hpp"

#include <algorithm>

#include "apilab/base/digest.hpp"

namespace apilab::data {

std::uint64_t hash_of(std::string_view text) {
    const auto digest = sha256(text);
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        hash = (hash << 8U) | static_cast<unsigned char>(digest[i]);
    }
    return hash;
}

bool RecentKeys::add(std::uint64_t key) {
    if (!known_.insert(key).second) {
        return false;
    }
    order_.push_back(key);
    if (order_.size() > max_) {
        known_.erase(order_.front());
        order_.pop_front();
        ++forgotten_;
    }
    return true;
}

void RecentKeys::drop_newest() {
    if (!order_.empty()) {
        known_.erase(order_.back());
        order_.pop_back();
    }
}

std::vector<std::uint64_t> RecentKeys::newest(std::size_t count) const {
    const auto some = std::min(count, order_.size());
    return {order_.end() - static_cast<std::ptrdiff_t>(some), order_.end()};
}

}  // namespace apilab::data
