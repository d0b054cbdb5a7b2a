#pragma once

#include <string>
#include <vector>

namespace apilab::sandbox {

/// How true an emulated provider is: one sentence an entry, for `apilab sandbox services
/// --fidelity` and docs. Operations are not listed here: they come from the route table.
struct FidelityCard {
    /// Behaviour that is as the real one's.
    std::vector<std::string> copied;
    /// What the real one has and this does not.
    std::vector<std::string> not_copied;
    /// What both have, but not alike.
    std::vector<std::string> differs;
    /// The pages the facts were taken from.
    std::vector<std::string> sources;
};

}  // namespace apilab::sandbox
