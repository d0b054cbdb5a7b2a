#pragma once

#include <string_view>

#include "apilab/http/record.hpp"

namespace apilab::observe::internal {

constexpr std::int64_t story_version = 1;

/// As stories are kept: `gave_up`.
[[nodiscard]] constexpr std::string_view verdict_word(http::DecisionRecord::Verdict verdict) {
    switch (verdict) {
        case http::DecisionRecord::Verdict::succeeded:
            return "succeeded";
        case http::DecisionRecord::Verdict::retried:
            return "retried";
        case http::DecisionRecord::Verdict::gave_up:
            return "gave_up";
        case http::DecisionRecord::Verdict::redirected:
            return "redirected";
        case http::DecisionRecord::Verdict::hedged:
            return "hedged";
        case http::DecisionRecord::Verdict::coalesced:
            return "coalesced";
        case http::DecisionRecord::Verdict::cached:
            return "cached";
    }
    return "succeeded";
}

}  // namespace apilab::observe::internal
