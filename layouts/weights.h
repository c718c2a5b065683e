/* A model's weights in the address space: one layout, one load strategy, one region of memory. */
#ifndef MW_LAYOUTS_WEIGHTS_H
#define MW_LAYOUTS_WEIGHTS_H

#include "layouts/layout.h"
#include "platform/nodes.h"
#include "platform/os.h"

/* How weights get into the address space. */
typedef enum mw_load {
    MW_LOAD_HEAP,          /* read into memory of our own, every tensor on a cache line */
    MW_LOAD_HEAP_HUGE,     /* the same, huge pages asked for */
    MW_LOAD_MMAP,          /* the file mapped as it is */
    MW_LOAD_MMAP_POPULATE, /* the same, all page tables filled at once */
    MW_LOAD_MMAP_HUGE,     /* mapped on a huge-page border, huge pages asked for */
    MW_LOAD_COUNT
} mw_load;

const char *mw_load_name(mw_load load);
const char *mw_load_description(mw_load load);

/* Whether the file is used in place; else it is read, and packed if need be. */
bool mw_load_maps(mw_load load);

/* On which NUMA nodes the pages of weights lie. A load that maps leaves them where the system has the file. */
typedef enum mw_placement {
    MW_PLACE_DEFAULT,     /* nothing is asked for: where the thread that loads gets its new pages */
    MW_PLACE_FIRST_TOUCH, /* on the node of the thread that loads, because it touches them first */
    MW_PLACE_INTERLEAVED, /* page by page on all nodes (mw_nodes_of_new_pages) in turn */
    MW_PLACE_REPLICATED,  /* a copy on each of these nodes; a thread reads that of its own node */
    MW_PLACEMENT_COUNT
} mw_placement;

const char *mw_placement_name(mw_placement placement);

/* -EINVAL, with one line, if a load cannot place weights that way. */
int mw_placement_check(mw_placement placement, mw_load load, mw_error *err);

/* One tensor of a model file. A vector (norm weights) has rows = 1 and is stored the same way in every layout. */
typedef struct mw_tensor {
    char name[24];   /* "layers.3.wq" */
    uint64_t offset; /* of its first byte in the file */
    uint32_t rows, cols;
    mw_dtype dtype;
    bool vector;
} mw_tensor;

/* The tensors of an open file in the order of the forward pass. Offsets are checked against the file's size. */
typedef struct mw_source {
    const mw_file *file;
    const mw_tensor *tensors;
    size_t n;
    const mw_layout *layout; /* that the file is in: rowmajor for a checkpoint */
    mw_dtype dtype;          /* that f32 matrices become (mw_tensor_dtype); MW_F32: all stays as it is stored */
    mw_placement placement;  /* that they get */
} mw_source;

/* A tensor ready for use. */
typedef struct mw_matrix {
    const void *data;
    uint32_t rows, cols;
    mw_dtype dtype;
    bool vector; /* stored as is, whatever the layout; always f32 */
} mw_matrix;

typedef struct mw_weights {
    const mw_layout *layout;
    mw_load load;
    mw_matrix *matrix; /* same order and number as the tensors they come from */
    size_t n;
    const void *region;              /* the memory that holds them */
    uint64_t region_bytes;           /* whole region: the mapping, or the heap block */
    uint64_t bytes;                  /* weights with their padding */
    int n_copies;                    /* of the region, the same bytes; 1 unless they are replicated */
    const char *copy[MW_MOST_NODES]; /* where each is: the first is the region */
    int copy_node[MW_MOST_NODES];    /* the NUMA node of each */
} mw_weights;

/* Where a thread on NUMA node `node` (or MW_UNKNOWN) reads `data`, which lies in the region: in the copy of that node,
 * or if there is none in the first. */
static inline const void *mw_weights_near(const mw_weights *w, const void *data, int node)
{
    for (int i = 1; i < w->n_copies; i++)
        if (w->copy_node[i] == node)
            return w->copy[i] + ((const char *)data - (const char *)w->region);
    return data;
}

/* The dtype in which a tensor is stored if its model is to be of that dtype: vectors stay f32, and a matrix whose
 * number of columns is not a multiple of the block is f16, or q8_0 instead of a K format if it is one of 32. */
mw_dtype mw_tensor_dtype(const mw_tensor *tensor, mw_dtype wanted);

/* Bytes that a tensor takes in a layout, padding included; false on overflow. */
bool mw_tensor_bytes(const mw_tensor *tensor, const mw_layout *layout, uint64_t *bytes);

/* Bytes of memory that mw_weights_open would take for this layout and load, with all copies (a mapping counts whole);
 * UINT64_MAX if that overflows. */
uint64_t mw_weights_bytes(mw_source source, const mw_layout *layout, mw_load load);

/* Stores n values of a tensor, whole blocks, as `dtype`. -EINVAL, in a message that starts with `where`, if one of them
 * is not finite or too large for the dtype. */
int mw_tensor_store(const mw_tensor *tensor, mw_dtype dtype, const float *values, size_t n, void *to, const char *where,
                    mw_error *err);

/* Loads the tensors of `source` in a layout: that of the file, or any that takes their dtype if the file is row-major
 * and the load reads it. Only such a load of a row-major file changes dtypes. Loads that read check that every weight
 * is finite (-EINVAL names the tensor). -ENOTSUP if this layout or system cannot be loaded that way. The descriptor is
 * only used during the call. A placement has no effect if new pages can come from one node only; -EINVAL with a load
 * that maps; -EPERM where the process may not choose; -ENOMEM if a node has no room for its copy. *out is owned by the
 * caller. */
int mw_weights_open(mw_source source, const mw_layout *layout, mw_load load, mw_weights **out, mw_error *err);
void mw_weights_close(mw_weights *weights);

/* Bytes that matrix `index` takes in its layout, padding included. */
uint64_t mw_matrix_bytes(const mw_weights *weights, size_t index);

/* Brings a file into memory the way a load does it: cached pages are dropped, and the file is read again through a
 * mapping of that kind, or by reading, because the size of the pages that hold a file is decided when they are filled.
 * Where files cannot be evicted, what is in memory stays there. */
int mw_weights_refill(mw_source source, mw_load load, mw_error *err);

#endif
