#pragma once

#include <map>
#include <string>

#include "apilab/sandbox/judge/check.hpp"

namespace apilab::sandbox::internal {

/// Which writes ask for the same, although their bytes may differ: by the natural key of what is
/// created (fact `makes`), else by the body without ids and times (`Exchange::meaning`). Where a
/// program sends such bodies again after they succeeded, it means something new each time, and only
/// equal bodies are the same.
class SameWrites {
public:
    explicit SameWrites(const Evidence& evidence);

    /// Equal for writes that ask for the same.
    [[nodiscard]] std::string text_of(const Exchange& row) const;
    /// The next request that asks for the same as `row`, without a key, within the causal window of
    /// its end; null: there is none.
    [[nodiscard]] const Exchange* repetition_of(const Exchange& row) const;

private:
    [[nodiscard]] static std::string place_of(const Exchange& row);
    const Evidence& evidence_;
    /// By place and meaning: it was sent again after a success.
    std::map<std::string, bool> routine_;
};

}  // namespace apilab::sandbox::internal
