#pragma once

#include "apilab/sandbox/fidelity.hpp"

namespace apilab::sandbox::notion {

[[nodiscard]] FidelityCard fidelity_card();

}  // namespace apilab::sandbox::notion
