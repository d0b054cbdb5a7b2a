#include "apilab/work/internal/hashed_copy.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string_view>

#include "apilab/base/digest.hpp"
#include "apilab/base/error.hpp"
#include "apilab/base/file_stream.hpp"
#include "apilab/base/try.hpp"

namespace apilab::work::internal {
namespace {

constexpr std::size_t piece_max = std::size_t{1} << 20U;

struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

Result<HashedFile> hash_file(const std::filesystem::path& from,
                             const std::optional<std::filesystem::path>& to) {
    APILAB_TRY(auto reader, FileReader::open(from));
    std::optional<AtomicFile> copy;
    if (to) {
        APILAB_TRY(copy, AtomicFile::create(*to));
    }
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    if (EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
        return fail(ErrorKind::internal, "SHA-256 is not to be had");
    }
    HashedFile hashed;
    while (true) {
        APILAB_TRY(const std::string piece, reader.read(piece_max));
        if (piece.empty()) {
            break;
        }
        if (EVP_DigestUpdate(context.get(), piece.data(), piece.size()) != 1) {
            return fail(ErrorKind::internal, "SHA-256 failed");
        }
        hashed.bytes += piece.size();
        if (copy) {
            APILAB_CHECK(copy->write(piece));
        }
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) {
        return fail(ErrorKind::internal, "SHA-256 failed");
    }
    hashed.sha256 = to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
    if (copy) {
        APILAB_CHECK(copy->commit());
    }
    return hashed;
}

}  // namespace apilab::work::internal
