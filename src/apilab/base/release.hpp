#pragma once

namespace apilab {

/// A deleter that calls a C library's function: `std::unique_ptr<BIO, Release<&BIO_free_all>>`.
template <auto function>
struct Release {
    void operator()(auto* object) const noexcept { function(object); }
};

}  // namespace apilab
