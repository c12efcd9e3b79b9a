// The names of the kernel dialect come from ILGPU in this build; RawSer's own types keep their names.
global using ILGPU;
global using ILGPU.Algorithms;
global using ILGPU.Algorithms.ScanReduceOperations;
global using ILGPU.AtomicOperations;
global using ILGPU.Runtime;
global using ILGPU.Runtime.Cuda;
global using Half = System.Half;
global using Kernel = RawSer.Gpu.Compiler.Kernel;
