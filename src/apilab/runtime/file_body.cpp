#include "apilab/runtime/file_body.hpp"

#include <utility>

#include "apilab/base/try.hpp"

namespace apilab::runtime {

Result<std::shared_ptr<FileSource>> FileSource::open(const std::filesystem::path& path) {
    APILAB_TRY(auto reader, FileReader::open(path));
    return std::make_shared<FileSource>(std::move(reader));
}

Task<Result<void>> FileSource::start() {
    co_return reader_.rewind();
}

Task<Result<std::string>> FileSource::read(std::size_t max) {
    co_return reader_.read(max);
}

Task<Result<void>> FileSink::begin(http::Response /*head*/) {
    file_.reset();
    APILAB_CO_TRY(file_, AtomicFile::create(path_));
    co_return Result<void>();
}

Task<Result<void>> FileSink::write(std::string bytes) {
    co_return file_->write(bytes);
}

Task<Result<void>> FileSink::finish() {
    auto committed = file_->commit();
    file_.reset();
    co_return committed;
}

}  // namespace apilab::runtime
