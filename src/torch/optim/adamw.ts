import { adam } from './adam.ts';

export default adam('torch.optim.AdamW', 1e-2, true);
