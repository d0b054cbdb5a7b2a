#pragma once

#include <map>
#include <set>
#include <string>

#include "apilab/base/rng.hpp"

namespace apilab::durability {

/// Somebody else, on whom effects are made: a machine of its own, which knows keys. What comes
/// under a key that it knows has no second effect. Its replies get lost now and then, and so do
/// requests.
class Target {
public:
    explicit Target(std::uint64_t seed) : rng_(seed) {}

    enum class Answer : std::uint8_t { applied, not_applied, unknown };

    Answer send(const std::string& key, const std::string& event) {
        const auto chance = rng_.between(0, 49);
        if (chance == 0) {
            return Answer::not_applied;
        }
        if (chance == 1) {  // the request never came, and nobody knows
            return Answer::unknown;
        }
        if (!keys_.insert(key).second) {
            ++repeats_;
        } else {
            ++effects_[event];
        }
        return chance == 2 ? Answer::unknown : Answer::applied;
    }
    [[nodiscard]] bool knows(const std::string& key) const { return keys_.contains(key); }

    /// How often each event had its effect.
    [[nodiscard]] const std::map<std::string, int>& effects() const { return effects_; }
    /// Sends under a key that was known; harmless here, and better few.
    [[nodiscard]] int repeats() const { return repeats_; }

private:
    SeededRng rng_;
    std::set<std::string> keys_;
    std::map<std::string, int> effects_;
    int repeats_ = 0;
};

}  // namespace apilab::durability
