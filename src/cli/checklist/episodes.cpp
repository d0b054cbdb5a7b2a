#include "checklist/episodes.hpp"

namespace apilab::cli::checklist {

std::span<const EpisodePlan> episode_plans() {
    return {};
}

}  // namespace apilab::cli::checklist
