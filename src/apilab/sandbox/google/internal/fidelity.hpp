#pragma once

#include "apilab/sandbox/fidelity.hpp"

namespace apilab::sandbox::google {

[[nodiscard]] FidelityCard fidelity_card();

}  // namespace apilab::sandbox::google
